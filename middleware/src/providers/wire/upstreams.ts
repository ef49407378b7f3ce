/**
 * Who makes a model, by how gateways write its name.
 *
 * Invariant: a model whose maker is not clear has no price book.
 */

/** Maker, as gateways call it → its price book. */
const BOOKS: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  'azure-openai': 'azure',
  azure: 'azure',
  bedrock: 'aws',
  amazon: 'aws',
  cerebras: 'cerebras',
  cohere: 'cohere',
  deepseek: 'deepseek',
  fireworks: 'fireworks',
  'fireworks-ai': 'fireworks',
  gemini: 'google',
  google: 'google',
  'google-ai-studio': 'google',
  groq: 'groq',
  minimax: 'minimax',
  mistral: 'mistral',
  'mistral-ai': 'mistral',
  moonshot: 'moonshotai',
  moonshotai: 'moonshotai',
  novita: 'novita',
  openai: 'openai',
  openrouter: 'openrouter',
  'perplexity-ai': 'perplexity',
  perplexity: 'perplexity',
  together: 'together',
  'together-ai': 'together',
  togetherai: 'together',
  vertex: 'google',
  'vertex-ai': 'google',
  voyage: 'voyageai',
  xai: 'x-ai',
  'x-ai': 'x-ai',
  zai: 'zai',
}

/** @param maker as a gateway calls it, in any case. @returns `undefined` for one that has no price book here */
export function bookOfMaker(maker: string): string | undefined {
  const name = maker.toLowerCase()
  return Object.hasOwn(BOOKS, name) ? BOOKS[name] : undefined
}

/** Names whose maker is plain to see. */
const NAMES: readonly [RegExp, string][] = [
  [/^(?:gpt-|o\d|chatgpt-|text-embedding-|codex-)/, 'openai'],
  [/^claude-/, 'anthropic'],
  [/^gemini-/, 'google'],
  [/^(?:mistral|ministral|codestral|magistral|pixtral|devstral)-/, 'mistral'],
  [/^deepseek-/, 'deepseek'],
  [/^grok-/, 'x-ai'],
  [/^(?:command-|embed-v|embed-english|embed-multilingual)/, 'cohere'],
  [/^sonar/, 'perplexity'],
]

/** The book of a model that is named without its maker. */
export function bookOfModel(model: string): string | undefined {
  return NAMES.find(([name]) => name.test(model))?.[1]
}

/** Which book and name price `{maker}/{model}`. */
export function ofMaker(model: string): { priceBook: string; model: string } | undefined {
  const slash = model.indexOf('/')
  const priceBook = slash < 0 ? undefined : bookOfMaker(model.slice(0, slash))
  return priceBook === undefined ? undefined : { priceBook, model: model.slice(slash + 1) }
}
