/**
 * The models that the local provider serves, as data.
 *
 * Invariant: what a response names is the dated snapshot that the real service answers with, so that a
 * meter which prices the *response* model meets the same names as in production. No prices here: this
 * side only counts tokens.
 */

/** One model: how clients ask for it, what responses call it, and what it can do. */
export interface Model {
  provider: 'openai' | 'anthropic'
  /** Every name that a request may use. */
  names: readonly string[]
  /** The name in responses. */
  responseName: string
  kind: 'chat' | 'embedding'
  /** Thinks before it answers; OpenAI models do so unless told otherwise, Anthropic's when asked. */
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
  embedding('text-embedding-3-small', 1536),
  embedding('text-embedding-3-large', 3072),
  chat('anthropic', 'claude-haiku-4-5', 'claude-haiku-4-5-20251001'),
  { ...chat('anthropic', 'claude-sonnet-5', 'claude-sonnet-5'), reasons: true },
  { ...chat('anthropic', 'claude-opus-5-5', 'claude-opus-5-5'), reasons: true },
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

function embedding(name: string, dimensions: number): Model {
  return { provider: 'openai', names: [name], responseName: name, kind: 'embedding', dimensions }
}
