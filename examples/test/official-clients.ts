/**
 * What the tests of the local provider share: one for the file that imports it, and the official SDKs beside it.
 *
 * Invariant: no SDK asks twice.
 */
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import type { LedgerEntry } from '../provider/ledger.ts'
import { type Provider, startProvider } from '../provider/server.ts'

export let provider: Provider
export let openai: OpenAI
export let anthropic: Anthropic

beforeAll(async () => {
  provider = await startProvider({ seed: 'provider-test' })
  openai = new OpenAI({ apiKey: 'sk-test', baseURL: provider.openaiUrl, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey: 'sk-test', baseURL: provider.anthropicUrl, maxRetries: 0 })
})
afterAll(() => provider.close())

/** The entry of the newest request, once the provider has closed it. */
export async function lastEntry(): Promise<LedgerEntry> {
  const entry = provider.ledger.at(-1)
  if (!entry) throw new Error('no request has arrived')
  await vi.waitFor(() => expect(entry.endedAt).toBeDefined())
  return entry
}

/** Everything that a stream gives. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of stream) items.push(item)
  return items
}

/** A question of a user. */
export const user = (content: string): { role: 'user'; content: string }[] => [{ role: 'user', content }]
/** Long enough to be kept in a cache. */
export const LONG: string = 'Our house rules in full. '.repeat(400)
