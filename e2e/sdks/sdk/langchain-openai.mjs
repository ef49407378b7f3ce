/** LangChain over OpenAI: invoke, stream, a schema, embeddings. */
import { broken, items, leave } from '../observe.mjs'

export const title = '@langchain/openai'
export const provider = 'openai'
export const majors = [{ langchain: 'langchain-openai0' }, { langchain: 'langchain-openai1' }]

export async function open({ load, packages, url, arrived }) {
  const { ChatOpenAI, OpenAIEmbeddings } = await load(packages.langchain)
  const create = (more = {}) =>
    new ChatOpenAI({
      model: 'gpt-5.4-mini',
      apiKey: 'sk-local',
      maxRetries: 0,
      configuration: { baseURL: url },
      ...more,
    })
  const model = create()
  const seen = ({ content, usage_metadata, response_metadata }) => ({
    content,
    usage_metadata,
    response_metadata,
  })
  return {
    invoke: async () => seen(await model.invoke('Where is my parcel?')),
    'invoke responses': async () =>
      seen(await create({ model: 'gpt-5-mini', useResponsesApi: true }).invoke('Hello.')),
    stream: async () => (await items(await model.stream('Tell me.'))).map(seen),
    'unknown model': () => broken(() => create({ model: 'no-such-model' }).invoke('Hi.')),
    aborted: () =>
      broken(() => leave(arrived, (signal) => model.invoke('[provider: latency=60000]', { signal }))),
    embedDocuments: () =>
      new OpenAIEmbeddings({
        model: 'text-embedding-3-small',
        apiKey: 'sk-local',
        configuration: { baseURL: url },
      }).embedDocuments(['one', 'two']),
  }
}
