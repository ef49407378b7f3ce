/**
 * How the span of a call begins: what is known of the call before anything of it was answered.
 *
 * Invariant: the attributes are one object for all calls of one kind, where nothing of them depends on a request;
 * nobody changes them. To make them anew, and to write them anew, would cost more than the rest of a call's beginning.
 */
import { type Attributes, type Context, trace } from '@opentelemetry/api'
import type { Target } from '../providers/targets.ts'
import { ATTR } from '../telemetry/attributes.ts'
import { addAttributes } from '../telemetry/call-attributes.ts'
import type { OpenSpan } from '../telemetry/recorder.ts'
import type { CallStart } from './call-start.ts'
import type { Submission } from './jobs.ts'

/** A span that is opened once its answer has said that there is something to record. */
export const UNOPENED: OpenSpan = { span: undefined, end() {} }

/** Kinds of calls to one target that are remembered. */
const MAX_KINDS = 100

/** What spans of one kind have in common. */
interface Beginning {
  name: string
  attributes: Attributes
  repeated: boolean
}

/** Of a target's calls, for one attribution. */
interface Kinds {
  attribution: Attributes
  /** By model; those of streams apart. */
  plain: Map<string | undefined, Beginning>
  streamed: Map<string | undefined, Beginning>
}

const kinds = new WeakMap<Target, Kinds>()

/** What the span of a call says from its start; not to be changed. */
export function beginningOf(start: CallStart, model: string | undefined): Beginning {
  const { target, attributes, request } = start
  const known = kinds.get(target)
  if (known?.attribution !== attributes) {
    // Remembered from the second time on: an attribution that a request makes comes only once.
    kinds.set(target, { attribution: attributes, plain: new Map(), streamed: new Map() })
    return makeBeginning(start, model, false)
  }
  const ofKind = request.stream ? known.streamed : known.plain
  const found = ofKind.get(model)
  if (found) return found
  const repeated = ofKind.size < MAX_KINDS
  const made = makeBeginning(start, model, repeated)
  if (repeated) ofKind.set(model, made)
  return made
}

function makeBeginning(
  { target, attributes, request }: CallStart,
  model: string | undefined,
  repeated: boolean,
): Beginning {
  const { provider, endpoint } = target.match
  const made: Attributes = {
    [ATTR.operation]: endpoint.operation,
    [ATTR.provider]: provider.name,
    [ATTR.serverAddress]: target.hostname,
    [ATTR.serverPort]: target.port,
  }
  addAttributes(endpoint.attributes, made)
  addAttributes(attributes, made)
  if (model !== undefined) made[ATTR.requestModel] = model
  if (request.stream) made[ATTR.requestStream] = true
  return { name: spanName(endpoint.operation, model), attributes: made, repeated }
}

/** Begins the span. @param submission where it is of a job that began earlier */
export function beginSpan(
  start: CallStart,
  model: string | undefined,
  startTime: number,
  active: Context,
  submission?: Partial<Submission>,
): OpenSpan {
  const { name, attributes, repeated } = beginningOf(start, model)
  const asked = submission?.attributes
  return start.recorder.start({
    name,
    startTime: submission?.startedAt ?? startTime,
    parent: start.server ? trace.setSpan(active, start.server) : active,
    attributes: asked ? addAttributes(asked, { ...attributes }) : attributes,
    repeated: repeated && !asked,
  })
}

/** `{operation} {model}`, where there is a model. */
export function spanName(operation: string, model: string | undefined): string {
  return model === undefined ? operation : `${operation} ${model}`
}
