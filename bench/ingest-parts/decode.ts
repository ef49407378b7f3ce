/**
 * CPU of decoding alone: requests to a Native block by our reader, requests to objects by protobufjs.
 *
 * Invariant: both sides get the same bytes; ours does more (columns, dictionaries, encoding) and is timed with it.
 */
import { Decoders, decodeInto, SpanBlock } from '@spanmeter/collector/decode'
import protobufjs from 'protobufjs'
import { createTemplate, SPANS_PER_REQUEST } from './requests.ts'

const PROTO = `syntax = "proto3";
message Request { repeated ResourceSpans resource_spans = 1; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Span { bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4;
  string name = 5; int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
  repeated KeyValue attributes = 9; uint32 dropped_attributes_count = 10; uint32 dropped_events_count = 12;
  uint32 dropped_links_count = 14; Status status = 15; fixed32 flags = 16; }
message Status { string message = 2; int32 code = 3; }
message KeyValue { string key = 1; AnyValue value = 2; }
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
  ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7; } }
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }`

const ROWS_PER_BLOCK = 20_480

/** Spans per CPU-second of both sides, medians over alternating rounds. */
export function compareDecoders(rounds: number): { ours: number; protobufjs: number } {
  const bodies = Array.from(
    { length: ROWS_PER_BLOCK / SPANS_PER_REQUEST },
    (_, i) => createTemplate(i, Date.now()).body,
  )
  const decoders = new Decoders()
  const receivedAt = Date.now()
  const type = protobufjs.parse(PROTO).root.lookupType('Request')
  let kept: unknown
  const sides = {
    ours: () => {
      const block = new SpanBlock(1n)
      for (const body of bodies) decodeInto(block, { kind: 'protobuf', body, receivedAt }, decoders)
      kept = block.encode()
    },
    protobufjs: () => {
      for (const body of bodies) kept = type.decode(body)
    },
  }
  const rates: Record<keyof typeof sides, number[]> = { ours: [], protobufjs: [] }
  for (let round = 0; round < rounds + 1; round++) {
    for (const name of ['ours', 'protobufjs'] as const) {
      const before = process.cpuUsage()
      sides[name]()
      const { user, system } = process.cpuUsage(before)
      // the first round warms up
      if (round > 0) rates[name].push(ROWS_PER_BLOCK / ((user + system) / 1e6))
    }
  }
  if (kept === undefined) throw new Error('cannot compare: nothing was decoded')
  return { ours: median(rates.ours), protobufjs: median(rates.protobufjs) }
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0
}
