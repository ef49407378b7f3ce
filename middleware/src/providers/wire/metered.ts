/**
 * What endpoints have in common that are billed by something else than tokens.
 *
 * Invariant: a quantity is what the answer says; where it says none, what the request says, marked as such.
 */
import { ATTR } from '../../telemetry/attributes.ts'
import { assign, characters, decimalText, textAt } from '../fields.ts'
import type { CallFacts, Endpoint, JsonObject, Metered } from '../provider.ts'
import { readError } from './errors.ts'

/** A quantity of an answer, or `undefined` where it is none. */
export function metered(name: string, quantity: unknown, unit: string): Metered | undefined {
  const amount = decimalText(quantity)
  return amount === undefined ? undefined : { name, quantity: amount, unit }
}

/** One for the call itself. */
export function oneCall(name: string, unit: string): Metered {
  return { name, quantity: 1, unit, from: 'call' }
}

/** What a {@link speech} endpoint does on its own. */
export interface SpeechOptions {
  /** Where the request has the text. */
  text: string
  /** Where the request names the model, in the body or the query. */
  model?: string
  /** The model is a query parameter. */
  modelInQuery?: boolean
  name?: string
  /** Where its errors have their word, if not where OpenAI's have it. */
  error?(body: JsonObject): string | undefined
}

/** Text to speech that is billed by the character: the characters of the request, until a header says better. */
export function speech(path: string, options: SpeechOptions): Endpoint {
  const { text, model = 'model', modelInQuery = false, name = 'speech', error } = options
  return {
    path,
    operation: 'speech',
    attributes: { [ATTR.outputType]: 'speech' },
    paths: ['error', 'detail', 'code', 'err_code', 'error_code'],
    request: {
      paths: modelInQuery ? [text] : [text, model],
      ...(modelInQuery ? { query: [model] } : {}),
      read(fields, facts) {
        const said = fields[text]
        const named = textAt(fields, model)
        if (named !== undefined) facts.requestModel = named.slice(0, 256)
        if (typeof said === 'string') {
          facts.meter = { name, quantity: characters(said), unit: 'character', from: 'request' }
        }
      },
    },
    read(body, facts) {
      readError(body, facts)
      assign(facts, { error: error?.(body) })
    },
    stream: {
      paths: ['error'],
      endsUnmarked: true,
      matters: (_event, data) => data.includes('"error"'),
      textLength: () => 0,
      read: readError,
    },
  }
}

/** Sets the characters that a header says were billed. */
export function billedCharacters(value: string | undefined, facts: CallFacts): void {
  const billed = metered(facts.meter?.name ?? 'speech', value, 'character')
  if (!billed) return
  facts.meter = billed
  // The head has it all: an answer that is cut off costs the same.
  facts.complete = true
}
