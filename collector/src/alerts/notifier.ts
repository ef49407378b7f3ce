/**
 * A notifier tells a channel of one kind about alerts.
 *
 * Invariant: it knows the receiver's format and the meaning of its answers; it neither waits nor tries again.
 */
import type { z } from 'zod'
import type { Notice } from './notice.ts'
import type { PostOptions } from './post.ts'
import type { Answer, Verdict } from './verdict.ts'

/** What a notifier may use besides its settings. */
export interface Delivery {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Sends a request and reads the beginning of the answer. Throws where there is none. */
  readonly post: (request: Outgoing, options: PostOptions) => Promise<Answer>
  /** Whether addresses of this machine and its private networks may be called. */
  readonly allowPrivate: boolean
  /** The user's own words, where the channel has a template. */
  readonly text?: { readonly title: string; readonly body: string }
}

/** One HTTP request. */
export interface Outgoing {
  readonly method: 'POST' | 'PUT'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** One kind of channel. */
export interface Notifier<Settings = never> {
  /** As `type` in the configuration names it. */
  readonly type: string
  /** What is configured of a channel of this kind, without `type`. */
  readonly settings: z.ZodRawShape
  /** How many alerts one message may carry. */
  readonly batch: number
  /** Milliseconds between attempts, from the first retry on; after the last one the delivery has failed. */
  readonly schedule: readonly number[]
  /** How often a receiver that forgets has to be told again that an alert still lasts, milliseconds. */
  readonly refreshMs?: number
  /** Delivers once. Throws where the receiver does not answer; that counts as `retry`. */
  send(notice: Notice, settings: Settings, delivery: Delivery): Promise<Verdict>
}

/** A kind of channel that is one HTTP request a message. */
export interface HttpNotifierSpec<Settings> extends Omit<Notifier<Settings>, 'send'> {
  compose(notice: Notice, settings: Settings, delivery: Delivery): Outgoing
  judge(answer: Answer, now: number): Verdict
}

/** Makes a notifier of what it sends and what the answers mean. */
export function httpNotifier<Settings>(
  spec: HttpNotifierSpec<Settings>,
): Notifier<Settings> & HttpNotifierSpec<Settings> {
  return {
    ...spec,
    async send(notice, settings, delivery) {
      const request = spec.compose(notice, settings, delivery)
      const answer = await delivery.post(request, { allowPrivate: delivery.allowPrivate })
      return spec.judge(answer, delivery.now)
    },
  }
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** For people who read along: soon, then with patience, given up after a day. */
export const CHAT_SCHEDULE: readonly number[] = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  8 * HOUR,
]

/** As Standard Webhooks 1.0 recommends it. */
export const WEBHOOK_SCHEDULE: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
]
