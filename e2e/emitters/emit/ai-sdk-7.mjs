/** Vercel's AI SDK 7 with its OpenTelemetry package. */
import { OpenTelemetry } from '@ai-sdk/otel'
import { createAnthropic } from 'ai-anthropic4'
import { createOpenAI } from 'ai-openai4'
import * as ai from 'ai7'
import { callAiSdk } from '../calls.mjs'

export const packages = ['ai7', '@ai-sdk/otel', 'ai-openai4', 'ai-anthropic4']
export const gaps = { reasoning: 'merged' }

export async function emit({ urls }) {
  ai.registerTelemetry(new OpenTelemetry())
  const openai = createOpenAI({ apiKey: 'sk-local', baseURL: urls.openai })
  const anthropic = createAnthropic({ apiKey: 'sk-local', baseURL: `${urls.anthropic}/v1` })
  await callAiSdk(ai, { openai, anthropic }, { telemetry: { recordInputs: false, recordOutputs: false } })
}
