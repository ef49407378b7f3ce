/** Vercel's AI SDK 5, its own telemetry switched on for every call. */

import { createAnthropic } from 'ai-anthropic2'
import { createOpenAI } from 'ai-openai2'
import * as ai from 'ai5'
import { callAiSdk } from '../calls.mjs'

export const packages = ['ai5', 'ai-openai2', 'ai-anthropic2']
export const gaps = { cache: 'merged for OpenAI', reasoning: 'merged', ttl: 'told' }

export async function emit({ urls }) {
  const openai = createOpenAI({ apiKey: 'sk-local', baseURL: urls.openai })
  const anthropic = createAnthropic({ apiKey: 'sk-local', baseURL: `${urls.anthropic}/v1` })
  const experimental_telemetry = { isEnabled: true, recordInputs: false, recordOutputs: false }
  await callAiSdk(ai, { openai, anthropic }, { experimental_telemetry })
}
