/**
 * Usage events (CloudEvents 1.0, as OpenMeter takes them) as spans of meters.
 *
 * Invariant: pure; an event is the same spans every time it comes, with ids made of its source and id, so it is
 * counted once like any span. A list with a fault is refused whole, and every fault is named.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
 */
import { createHash } from 'node:crypto'
import { ATTR } from '@spanmeter/middleware/attributes'
import { costOf } from '@spanmeter/middleware/pricing'
import type { MeterConfig } from '../config/meters.ts'

/** What is said about a list of events. */
export interface UsageFault {
  /** `events[3].data.tokens`. */
  name: string
  detail: string
}

const MAX_EVENTS = 10_000
const MAX_NAME = 256
const DAY = 86_400_000
const EARLIEST = 946_684_800_000

/** Field of `data` → attribute. */
const FIELDS: Readonly<Record<string, string>> = {
  tenant_id: ATTR.tenantId,
  user_id: ATTR.userId,
  agent_id: ATTR.agentId,
  agent_name: ATTR.agentName,
  conversation_id: ATTR.conversationId,
  feature: ATTR.feature,
  run_id: ATTR.runId,
  service: ATTR.serviceName,
  environment: ATTR.deploymentEnvironment,
  provider: ATTR.provider,
  model: ATTR.requestModel,
}
/** Where the quantity of an event without a meter is looked for. */
const QUANTITIES = ['value', 'quantity'] as const

type Json = Record<string, unknown>

/** The OTLP/JSON request that the events are, or what is wrong with them. */
export function usageSpans(
  events: readonly unknown[],
  meters: Readonly<Record<string, MeterConfig>>,
  now: number,
): Buffer | UsageFault[] {
  if (events.length > MAX_EVENTS)
    return [{ name: 'events', detail: `are more than ${MAX_EVENTS}; send smaller lists` }]
  const byType = new Map<string, [string, MeterConfig][]>()
  for (const [name, meter] of Object.entries(meters)) {
    const type = meter.eventType ?? name
    byType.set(type, [...(byType.get(type) ?? []), [name, meter]])
  }
  const faults: UsageFault[] = []
  const spans = events.flatMap((event, index) => {
    const path = events.length === 1 ? 'event' : `events[${index}]`
    return spansOf(event, byType, now, (name, detail) => faults.push({ name: `${path}${name}`, detail }))
  })
  if (faults.length > 0) return faults.slice(0, 100)
  const scopeSpans = [{ scope: { name: 'spanmeter.usage' }, spans }]
  return Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans }] }))
}

function spansOf(
  event: unknown,
  byType: ReadonlyMap<string, readonly (readonly [string, MeterConfig])[]>,
  now: number,
  fault: (name: string, detail: string) => void,
): Json[] {
  if (!isObject(event)) {
    fault('', 'is no object; send CloudEvents 1.0')
    return []
  }
  const { specversion, id, source, type, subject, time, data = {} } = event
  if (specversion !== '1.0') fault('.specversion', 'is not 1.0')
  const names = { id, source, type }
  for (const [name, value] of Object.entries(names)) {
    if (typeof value !== 'string' || value === '') fault(`.${name}`, 'is missing')
    else if (value.length > MAX_NAME) fault(`.${name}`, `is longer than ${MAX_NAME} characters`)
  }
  if (subject !== undefined && typeof subject !== 'string') fault('.subject', 'is no text')
  const at =
    time === undefined || time === null ? now : typeof time === 'string' ? Date.parse(time) : Number.NaN
  if (Number.isNaN(at)) fault('.time', 'is no RFC 3339 time')
  else if (at < EARLIEST || at > now + DAY) fault('.time', 'is before 2000 or more than a day ahead')
  if (!isObject(data)) {
    fault('.data', 'is no object; usage is read from its fields')
    return []
  }
  const base = {
    ...attributesOf(data),
    ...(typeof subject === 'string' && !data.tenant_id && { [ATTR.tenantId]: subject }),
  }
  const counted = byType.get(String(type)) ?? [[String(type), undefined] as const]
  const traceId = digest(`${source}\n${id}`)
  const start = `${BigInt(Number.isNaN(at) ? 0 : at) * 1_000_000n}`
  return counted.map(([name, meter]) => ({
    traceId: traceId.slice(0, 32),
    spanId: digest(`${source}\n${id}\n${name}`).slice(0, 16),
    name: `meter ${name}`,
    kind: 3,
    ...{ startTimeUnixNano: start, endTimeUnixNano: start },
    attributes: Object.entries({
      ...base,
      ...meterAttributes(name, meter, data, fault),
      'cloudevents.event_id': String(id),
      'cloudevents.event_source': String(source),
    }).map(([key, value]) => ({ key, value: { stringValue: String(value) } })),
  }))
}

function meterAttributes(
  name: string,
  meter: MeterConfig | undefined,
  data: Json,
  fault: (name: string, detail: string) => void,
): Json {
  const path = meter === undefined ? QUANTITIES.find((key) => data[key] !== undefined) : meter.value
  const value = path === undefined ? 1 : at(data, path)
  const quantity = typeof value === 'number' || typeof value === 'string' ? String(value) : ''
  if (!/^\d{1,26}(\.\d+)?$/.test(quantity)) {
    fault(`.data.${path}`, `is no decimal of 0 or more, which meter ${name} counts`)
    return {}
  }
  const unit = meter?.unit ?? (typeof data.unit === 'string' ? data.unit : '1')
  const price = meter?.unitPrice
  const cost = price === undefined ? undefined : costOf(quantity, unit, { unitPrice: price, unit })
  return {
    [ATTR.meterName]: name,
    [ATTR.meterQuantity]: quantity,
    [ATTR.meterUnit]: unit,
    [ATTR.meterKind]: 'event',
    [ATTR.usageSource]: 'provider',
    ...(meter?.provider !== undefined && { [ATTR.provider]: meter.provider }),
    ...(cost === undefined || price === undefined
      ? { [ATTR.unpricedReason]: 'unpriced_usage' }
      : {
          [ATTR.meterUnitPrice]: price,
          [ATTR.costExact]: cost,
          [ATTR.costCurrency]: 'USD',
          [ATTR.costSource]: 'collector',
        }),
  }
}

/** Names of the caller and of things, and whatever else is plain; never lists or objects. */
function attributesOf(data: Json): Json {
  const attributes: Json = {}
  for (const [key, value] of Object.entries(data)) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue
    const own = Object.hasOwn(FIELDS, key) ? FIELDS[key] : undefined
    attributes[own ?? `usage.${key.slice(0, MAX_NAME)}`] = value
  }
  return attributes
}

function at(data: Json, path: string): unknown {
  let value: unknown = data
  for (const key of path.split('.'))
    value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
