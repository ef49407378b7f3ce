/** Vercel's AI SDK 6, its own telemetry switched on for every call. */

import { createAnthropic } from 'ai-anthropic3'
import { createOpenAI } from 'ai-openai3'
import * as ai from 'ai6'
import { callAiSdk } from '../calls.mjs'

export const packages = ['ai6', 'ai-openai3', 'ai-anthropic3']
export const gaps = {}

export async function emit({ urls }) {
  const openai = createOpenAI({ apiKey: 'sk-local', baseURL: urls.openai })
  const anthropic = createAnthropic({ apiKey: 'sk-local', baseURL: `${urls.anthropic}/v1` })
  const experimental_telemetry = { isEnabled: true, recordInputs: false, recordOutputs: false }
  await callAiSdk(ai, { openai, anthropic }, { experimental_telemetry })
}
