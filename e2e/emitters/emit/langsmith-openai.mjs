/** LangSmith's wrapper of the openai package, sent as OpenTelemetry. */
import { RunTree } from 'langsmith'
import { initializeOTEL } from 'langsmith/experimental/otel/setup'
import { wrapOpenAI } from 'langsmith/wrappers/openai'
import OpenAI from 'openai6'
import { callOpenai } from '../calls.mjs'

export const packages = ['langsmith', 'openai6']
export const gaps = { streams: 'no span', failures: 'no error' }

export async function emit({ urls, provider, endpoint }) {
  process.env.LANGSMITH_ENDPOINT = endpoint
  process.env.LANGSMITH_TRACING = 'true'
  process.env.LANGSMITH_OTEL_ENABLED = 'true'
  initializeOTEL({ globalTracerProvider: provider, skipGlobalContextManagerSetup: true })
  const client = new OpenAI({ apiKey: 'sk-local', baseURL: urls.openai, maxRetries: 0 })
  await callOpenai(wrapOpenAI(client), ['responses'])
  await RunTree.getSharedClient().awaitPendingTraceBatches?.()
}
