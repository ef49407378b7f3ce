/**
 * Jobs that go on after the answer that began them, by their ids: so that each is counted once.
 *
 * Invariant: of any number of answers that say that a job is done, the first one counts. At most `capacity` ids
 * are remembered, the least recently touched is forgotten first, and how many were is counted.
 */
import type { Attributes } from '@opentelemetry/api'
import type { CallFacts, Endpoint, Metered } from '../providers/provider.ts'

/** What the call that began a job knew. */
export interface Submission {
  /** Milliseconds since the epoch. */
  startedAt: number
  /** Attribution of the caller. */
  attributes: Attributes
  /** What the job does, where asking for it cannot tell. */
  operation?: string
  model?: string
  meter?: Metered
}

export interface JobCounts {
  /** Jobs whose begin was seen. */
  submitted: number
  /** Jobs that were counted. */
  finished: number
  /** Answers about jobs that had been counted before. */
  repeated: number
  /** Jobs that were forgotten before their end was seen. */
  forgotten: number
}

/**
 * What one answer means: it is no job's (`none`), it began one (`submitted`), it is the first to say that one is
 * done (`done`), or it says nothing new (`ignored`).
 */
export type JobStep =
  | { kind: 'none' | 'submitted' | 'ignored' }
  | { kind: 'done'; submission: Partial<Submission> }

const CAPACITY = 10_000

export class Jobs {
  readonly counts: JobCounts = { submitted: 0, finished: 0, repeated: 0, forgotten: 0 }
  readonly #capacity: number
  /** `null` = counted. */
  readonly #known = new Map<string, Submission | null>()

  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity
  }

  /** Takes an answer into account. @param submission what is known here, should the answer have begun a job */
  step(provider: string, endpoint: Endpoint, { job }: CallFacts, submission: () => Submission): JobStep {
    if (!job) return { kind: endpoint.poll ? 'ignored' : 'none' }
    if (endpoint.poll === 'begun' && !this.#known.has(`${provider}\n${job.id}`)) return { kind: 'ignored' }
    if (job.done) {
      const begun = this.finish(provider, job.id)
      return begun ? { kind: 'done', submission: begun } : { kind: 'ignored' }
    }
    if (job.continuesAs !== undefined) this.#continueAs(provider, job.id, job.continuesAs)
    if (endpoint.poll) this.touch(provider, job.id)
    else this.submit(provider, job.id, submission())
    return { kind: endpoint.poll ? 'ignored' : 'submitted' }
  }

  /** A job has begun. An id that is known already stays what it is. */
  submit(provider: string, id: string, submission: Submission): void {
    const key = `${provider}\n${id}`
    const known = this.#known.get(key)
    if (known === undefined) this.counts.submitted++
    this.#remember(key, known === undefined ? submission : known)
  }

  /** What is known of a job's begin is found under another id too. */
  #continueAs(provider: string, id: string, next: string): void {
    const known = this.#known.get(`${provider}\n${id}`)
    const key = `${provider}\n${next}`
    if (known && !this.#known.has(key)) this.#remember(key, known)
  }

  /** Somebody asked for a job that goes on. */
  touch(provider: string, id: string): void {
    const key = `${provider}\n${id}`
    const known = this.#known.get(key)
    if (known !== undefined) this.#remember(key, known)
  }

  /** A job is done. @returns `undefined` where it was counted before, else what is known of its begin */
  finish(provider: string, id: string): Partial<Submission> | undefined {
    const key = `${provider}\n${id}`
    const known = this.#known.get(key)
    this.#remember(key, null)
    if (known === null) {
      this.counts.repeated++
      return undefined
    }
    this.counts.finished++
    return known ?? {}
  }

  #remember(key: string, value: Submission | null): void {
    this.#known.delete(key)
    this.#known.set(key, value)
    if (this.#known.size <= this.#capacity) return
    const [oldest] = this.#known
    if (!oldest) return
    this.#known.delete(oldest[0])
    if (oldest[1] !== null) this.counts.forgotten++
  }
}
