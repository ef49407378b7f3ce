/**
 * CPU of decoding alone: requests to a Native block by our reader, requests to objects by the others.
 *
 * Invariant: all get the same spans, JSON.parse as the JSON that the same exporter writes; ours does more (columns,
 * dictionaries, normalising, encoding) and is timed with it.
 */
import { Decoders, decodeInto, SpanBlock } from '@spanmeter/collector/decode'
import { PbfReader } from 'pbf'
import { compile } from 'pbf/compile'
import protobufjs from 'protobufjs'
import { parse } from 'protocol-buffers-schema'
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

/** Who decodes. */
export type Decoder = 'ours' | 'protobufjs' | 'pbf' | 'json'

/** Spans per CPU-second of each, medians over alternating rounds. */
export function compareDecoders(rounds: number): Record<Decoder, number> {
  const templates = Array.from({ length: ROWS_PER_BLOCK / SPANS_PER_REQUEST }, (_, i) =>
    createTemplate(i, Date.now()),
  )
  const bodies = templates.map(({ body }) => body)
  const texts = templates.map(({ json }) => json)
  const decoders = new Decoders()
  const receivedAt = Date.now()
  const type = protobufjs.parse(PROTO).root.lookupType('Request')
  // the schema's parser and the compiler have no types of their own
  const readRequest = (compile(parse(PROTO)) as { readRequest(reader: PbfReader): unknown }).readRequest
  let kept: unknown
  const sides: Record<Decoder, () => void> = {
    ours: () => {
      const block = new SpanBlock(1n)
      for (const body of bodies) decodeInto(block, { kind: 'protobuf', body, receivedAt }, decoders)
      kept = block.encode()
    },
    protobufjs: () => {
      for (const body of bodies) kept = type.decode(body)
    },
    pbf: () => {
      for (const body of bodies) kept = readRequest(new PbfReader(body))
    },
    json: () => {
      for (const text of texts) kept = JSON.parse(text.toString())
    },
  }
  const names = Object.keys(sides) as Decoder[]
  const rates: Record<Decoder, number[]> = { ours: [], protobufjs: [], pbf: [], json: [] }
  for (let round = 0; round < rounds + 3; round++) {
    for (const name of names) {
      const before = process.cpuUsage()
      sides[name]()
      const { user, system } = process.cpuUsage(before)
      // the first rounds warm up
      if (round >= 3) rates[name].push(ROWS_PER_BLOCK / ((user + system) / 1e6))
    }
  }
  if (kept === undefined) throw new Error('cannot compare: nothing was decoded')
  return Object.fromEntries(names.map((name) => [name, median(rates[name])])) as Record<Decoder, number>
}

/** The middle of some values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
