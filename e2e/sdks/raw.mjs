/** Bodies for clients that know no API: what they send to OpenAI's chat completions. */

export const HEADERS = { authorization: 'Bearer sk-local', 'content-type': 'application/json' }

const ask = (content, more = {}) => ({
  model: 'gpt-5.4-mini',
  messages: [{ role: 'user', content }],
  ...more,
})
const streamed = { stream: true, stream_options: { include_usage: true } }

export const bodies = {
  whole: ask('Where is my parcel?'),
  /** Its answer is long enough to be compressed. */
  long: ask('[provider: tokens=900] Tell me everything.'),
  stream: ask('Tell me.', streamed),
  unknown: ask('Hi.', { model: 'no-such-model' }),
  slow: ask('[provider: latency=60000]'),
  stalls: ask('[provider: tokens=60, stall=7]', streamed),
}

/** The pieces of text of a stream of events, one by one. */
export async function* pieces(body) {
  for await (const chunk of body)
    yield* Buffer.from(chunk)
      .toString()
      .match(/(?<="content":")[^"]+/g) ?? []
}
