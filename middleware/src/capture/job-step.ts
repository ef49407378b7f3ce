/**
 * What the end of a call means for the job that it is about: a call that only begins one, or only asks how it is
 * doing, is not what is paid for.
 *
 * Invariant: a job is counted once, with the caller, the model and the time of the call that began it.
 */
import type { CallFacts, Endpoint } from '../providers/provider.ts'
import { spanName } from './call-span.ts'
import type { CallStart } from './call-start.ts'
import type { Submission } from './jobs.ts'

/** Name of what is recorded of a call that only begins a job: it is no paid call, the job's end is. */
const SUBMIT = 'submit_job'

/** How a call of a job is recorded. */
export interface JobEnd {
  kind: 'submitted' | 'done'
  operation: string
  model: string | undefined
  /** Name of the span. */
  name: string
  /** What is known of the job's begin, once it is done. */
  submission?: Partial<Submission>
}

/** Counts the job that the answer is about, once. @returns `none`: there is none; `ignored`: nothing is to be recorded */
export function stepJob(
  start: CallStart,
  facts: CallFacts,
  startedAt: number,
  model: string | undefined,
): JobEnd | 'none' | 'ignored' {
  const { jobs, target, attributes } = start
  const { provider, endpoint } = target.match
  if (!jobs || (!facts.job && !endpoint.poll)) return 'none'
  const step = jobs.step(provider.name, endpoint, facts, () => ({
    startedAt,
    attributes,
    operation: endpoint.operation,
    ...(model === undefined ? {} : { model }),
    ...(facts.meter ? { meter: facts.meter } : {}),
  }))
  if (step.kind === 'done') return doneWith(step.submission, endpoint, facts, model)
  if (step.kind !== 'submitted') return step.kind
  return { kind: 'submitted', operation: SUBMIT, model, name: spanName(SUBMIT, model) }
}

function doneWith(
  submission: Partial<Submission>,
  endpoint: Endpoint,
  facts: CallFacts,
  asked: string | undefined,
): JobEnd {
  if (submission.meter) facts.meter ??= submission.meter
  const model = submission.model ?? asked
  const operation = submission.operation ?? endpoint.operation
  return { kind: 'done', operation, model, name: spanName(operation, model), submission }
}
