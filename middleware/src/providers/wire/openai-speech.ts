/**
 * Text to speech as OpenAI's API does it: by the character of the request, or in tokens where a stream says so.
 *
 * Wire format: https://platform.openai.com/docs/api-reference/audio. Bytes of sound say nothing of usage; with
 * `stream_format: 'sse'` the last event does.
 */
import { countAt, objectAt } from '../fields.ts'
import type { Endpoint } from '../provider.ts'
import { readError } from './errors.ts'
import { speech } from './metered.ts'

/** @param path `/audio/speech` */
export function openAiSpeech(path: string): Endpoint {
  return {
    ...speech(path, { text: 'input' }),
    stream: {
      paths: ['type', 'usage', 'error'],
      endsUnmarked: true,
      matters: (_event, data) => data.includes('"speech.audio.done"') || data.includes('"error"'),
      textLength: () => 0,
      read(event, facts) {
        readError(event, facts)
        const usage = objectAt(event, 'usage')
        const input = countAt(usage, 'input_tokens')
        if (input === undefined) return
        const output = countAt(usage, 'output_tokens') ?? 0
        facts.usage = { input, output, audioOutput: output }
        facts.complete = true
      },
    },
  }
}
