/** LangChain over Anthropic: invoke and stream. */
import { broken, items } from '../observe.mjs'

export const title = '@langchain/anthropic'
export const provider = 'anthropic'
export const majors = [{ langchain: 'langchain-anthropic0' }, { langchain: 'langchain-anthropic1' }]

export async function open({ load, packages, url }) {
  const { ChatAnthropic } = await load(packages.langchain)
  const create = (model) =>
    new ChatAnthropic({ model, apiKey: 'sk-local', anthropicApiUrl: url, maxTokens: 500, maxRetries: 0 })
  const model = create('claude-haiku-4-5')
  const seen = ({ content, usage_metadata, response_metadata }) => ({
    content,
    usage_metadata,
    response_metadata,
  })
  return {
    invoke: async () => seen(await model.invoke('Where is my parcel?')),
    stream: async () => (await items(await model.stream('Tell me.'))).map(seen),
    'unknown model': () => broken(() => create('no-such-model').invoke('Hi.')),
  }
}
