/** Langfuse's wrapper of the openai package. */
import { observeOpenAI } from '@langfuse/openai'
import { setLangfuseTracerProvider } from '@langfuse/tracing'
import OpenAI from 'openai6'
import { callOpenai } from '../calls.mjs'

export const packages = ['@langfuse/openai', 'openai6']
export const gaps = { provider: 'by model', embeddings: 'no usage' }

export async function emit({ urls, provider }) {
  setLangfuseTracerProvider(provider)
  const client = new OpenAI({ apiKey: 'sk-local', baseURL: urls.openai, maxRetries: 0 })
  await callOpenai(observeOpenAI(client))
}
