/**
 * Google's Live API over a WebSocket: one call for each usage that the server reports.
 *
 * Wire format: https://ai.google.dev/api/live. The client's first message names the model; messages of the server come
 * as text or bytes. `usageMetadata` is a turn's own, never the session's sum, and may come together with any other
 * message. A turn that is complete without one has no usage.
 */
import { assign, objectAt, textAt } from '../fields.ts'
import type { Endpoint, JsonObject, SocketSession, SocketStep } from '../provider.ts'
import { readError } from './errors.ts'
import { readGenerated } from './gemini.ts'

const turn: Endpoint = {
  path: '/live',
  operation: 'realtime',
  paths: ['usageMetadata'],
  read(body, facts) {
    readGenerated(body, facts)
    const content = objectAt(body, 'serverContent')
    if (content?.interrupted === true) facts.finishReasons = ['interrupted']
    if (content?.turnComplete === true) {
      assign(facts, {
        finishReasons: facts.finishReasons ?? [textAt(content, 'turnCompleteReason') ?? 'stop'],
      })
    }
    if (facts.usage) facts.complete = true
  },
}

const TURN = 'turn'
const STATE = 'state'

/**
 * `usageMetadata` ends a call. Where a turn is complete before it came, the call stays open for the next message: it
 * has the usage, or begins another turn.
 */
function read(message: JsonObject, session: SocketSession): readonly SocketStep[] {
  const { notes } = session
  const content = objectAt(message, 'serverContent')
  const generated =
    message['#part'] === true ||
    message.toolCall !== undefined ||
    content?.modelTurn !== undefined ||
    content?.outputTranscription !== undefined
  const reported = objectAt(message, 'usageMetadata') !== undefined
  const state = notes.get(STATE)
  const steps: SocketStep[] = []
  let number = Number(notes.get(TURN) ?? 0)
  const step = (body: JsonObject, done: boolean) => {
    steps.push({ id: String(number), endpoint: turn, body, done })
    if (done) number++
  }
  if (state === 'complete' && generated) step({}, true)
  if (generated || reported || state !== undefined) {
    step(message, reported)
    const next = content?.turnComplete === true ? 'complete' : generated ? 'open' : state
    if (reported || next === undefined) notes.delete(STATE)
    else notes.set(STATE, next)
  }
  notes.set(TURN, number)
  return steps
}

/** The model of `models/gemini-…` or `projects/…/models/gemini-…`. */
function readSetup(message: JsonObject, session: SocketSession): readonly SocketStep[] {
  const setup = objectAt(message, 'setup')
  if (!setup) return []
  session.model = textAt(setup, 'model')?.split('/').at(-1)
  session.deaf = true
  return []
}

function live(path: string): Endpoint {
  return {
    path,
    method: 'GET',
    operation: 'realtime',
    paths: ['error'],
    read: readError,
    socket: {
      matters: (data) =>
        /"(?:usageMetadata|turnComplete|interrupted|toolCall|modelTurn|outputTranscription)"/.test(data),
      textLength: (data) => (/"(?:modelTurn|outputTranscription)"/.test(data) ? 0 : undefined),
      mattersSent: (data) => data.includes('"setup"'),
      paths: ['usageMetadata', 'toolCall', 'setup.model', ...CONTENT],
      read,
      readSent: readSetup,
      close: ({ notes }) =>
        notes.get(STATE) === 'complete'
          ? [{ id: String(notes.get(TURN)), endpoint: turn, body: {}, done: true }]
          : [],
    },
  }
}

const CONTENT = ['turnComplete', 'turnCompleteReason', 'interrupted', 'modelTurn'].map(
  (key) => `serverContent.${key}`,
)

/** The Live API as AI Studio has it, with its own keys and with tokens for browsers. */
export function liveOfStudio(): Endpoint[] {
  const service = 'GenerativeService.BidiGenerateContent'
  return ['v1', 'v1beta', 'v1alpha'].flatMap((version) =>
    ['', 'Constrained'].map((kind) => live(`/ws/google.ai.generativelanguage.${version}.${service}${kind}`)),
  )
}

/** The Live API as Vertex AI has it. */
export function liveOfVertex(): Endpoint {
  return live('/BidiGenerateContent')
}
