/**
 * The models that the local provider serves, as data.
 *
 * Invariant: what a response names is the dated snapshot that the real service answers with, so that a
 * meter which prices the *response* model meets the same names as in production. No prices here: this
 * side only counts tokens.
 */

import type { ProviderName } from './ledger.ts'

/** One model: how clients ask for it, what responses call it, and what it can do. */
export interface Model {
  provider: ProviderName
  /** Every name that a request may use. */
  names: readonly string[]
  /** The name in responses. */
  responseName: string
  kind: 'chat' | 'embedding' | 'rerank'
  /** Thinks before it answers: Anthropic's models when asked, all others unless told otherwise. */
  reasons?: boolean
  /** Counts tokens written to the prompt cache apart (`cache_write_tokens`). */
  countsCacheWrites?: boolean
  /** Vector length where the request names none. */
  dimensions?: number
}

export const MODELS: readonly Model[] = [
  chat('openai', 'gpt-5.4', 'gpt-5.4-2026-03-05'),
  chat('openai', 'gpt-5.4-mini', 'gpt-5.4-mini-2026-03-17'),
  chat('openai', 'gpt-5.4-nano', 'gpt-5.4-nano-2026-03-17'),
  chat('openai', 'gpt-4o-mini', 'gpt-4o-mini-2024-07-18'),
  { ...chat('openai', 'gpt-5.1', 'gpt-5.1-2025-11-13'), reasons: true },
  { ...chat('openai', 'gpt-5-mini', 'gpt-5-mini-2025-08-07'), reasons: true },
  { ...chat('openai', 'gpt-6-luna', 'gpt-6-luna'), countsCacheWrites: true },
  /** In nobody's price list: what a meter shows for it must be "unpriced", never zero. */
  chat('openai', 'orchid-preview', 'orchid-preview-0926'),
  embedding('openai', 'text-embedding-3-small', 1536),
  embedding('openai', 'text-embedding-3-large', 3072),
  chat('anthropic', 'claude-haiku-4-5', 'claude-haiku-4-5-20251001'),
  { ...chat('anthropic', 'claude-sonnet-5', 'claude-sonnet-5'), reasons: true },
  { ...chat('anthropic', 'claude-opus-5-5', 'claude-opus-5-5'), reasons: true },
  { ...chat('gcp.gemini', 'gemini-2.5-flash', 'gemini-2.5-flash'), reasons: true },
  chat('gcp.gemini', 'gemini-2.5-flash-lite', 'gemini-2.5-flash-lite'),
  embedding('gcp.gemini', 'gemini-embedding-001', 3072),
  // Mistral answers with the name that was asked for, an alias too.
  chat('mistral_ai', 'mistral-small-latest', 'mistral-small-latest'),
  chat('mistral_ai', 'mistral-large-2512', 'mistral-large-2512'),
  embedding('mistral_ai', 'mistral-embed', 1024),
  chat('cohere', 'command-a-03-2025', 'command-a-03-2025'),
  chat('cohere', 'command-r-08-2024', 'command-r-08-2024'),
  embedding('cohere', 'embed-v4.0', 1536),
  { provider: 'cohere', names: ['rerank-v3.5'], responseName: 'rerank-v3.5', kind: 'rerank' },
  chat('groq', 'llama-3.1-8b-instant', 'llama-3.1-8b-instant'),
  { ...chat('groq', 'openai/gpt-oss-20b', 'openai/gpt-oss-20b'), reasons: true },
  chat('ollama', 'llama3.2', 'llama3.2'),
  embedding('ollama', 'nomic-embed-text', 768),
  chat('aws.bedrock', 'amazon.nova-pro-v1:0', 'amazon.nova-pro-v1:0'),
  chat(
    'aws.bedrock',
    'us.anthropic.claude-haiku-4-5-20251001-v1:0',
    'us.anthropic.claude-haiku-4-5-20251001-v1:0',
  ),
]

/** The model behind a requested name, or `undefined` where the provider has none of that name and kind. */
export function findModel(provider: Model['provider'], kind: Model['kind'], name: string): Model | undefined {
  return MODELS.find(
    (model) => model.provider === provider && model.kind === kind && model.names.includes(name),
  )
}

function chat(provider: Model['provider'], alias: string, responseName: string): Model {
  return { provider, names: [alias, responseName], responseName, kind: 'chat' }
}

function embedding(provider: Model['provider'], name: string, dimensions: number): Model {
  return { provider, names: [name], responseName: name, kind: 'embedding', dimensions }
}
