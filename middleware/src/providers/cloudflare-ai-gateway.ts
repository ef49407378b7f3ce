/**
 * Cloudflare AI Gateway: other providers' APIs under a prefix, and one of its own that speaks OpenAI's.
 *
 * Wire format: https://developers.cloudflare.com/ai-gateway. `/v1/{account}/{gateway}/{provider}/…` is that
 * provider's API; `/compat` takes models as `{provider}/{model}`. `cf-aig-cache-status: HIT` means that no
 * provider was asked.
 */
import type { PassedOn, Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

/** Cloudflare's name of a provider → the plugin that reads its API, and the book that prices its models. */
const PROVIDERS: Readonly<Record<string, readonly [provider: string, priceBook: string]>> = {
  openai: ['openai', 'openai'],
  anthropic: ['anthropic', 'anthropic'],
  'azure-openai': ['azure.ai.openai', 'azure'],
  baseten: ['baseten', 'baseten'],
  cerebras: ['cerebras', 'cerebras'],
  cohere: ['cohere', 'cohere'],
  deepseek: ['deepseek', 'deepseek'],
  'google-ai-studio': ['gcp.gemini', 'google'],
  'google-vertex-ai': ['gcp.vertex_ai', 'google'],
  grok: ['x_ai', 'x-ai'],
  groq: ['groq', 'groq'],
  mistral: ['mistral_ai', 'mistral'],
  openrouter: ['openrouter', 'openrouter'],
  perplexity: ['perplexity', 'perplexity'],
  'perplexity-ai': ['perplexity', 'perplexity'],
  'workers-ai': ['cloudflare_workers_ai', 'cloudflare'],
}

function split(path: string): { slug: string; rest: string } | undefined {
  const [, version, account, gateway, slug] = path.split('/', 5)
  if (version !== 'v1' || !account || !gateway || !slug) return undefined
  return { slug, rest: path.slice(`/v1/${account}/${gateway}/${slug}`.length) }
}

export const cloudflareAiGateway: Provider = openAiCompatible({
  name: 'cloudflare_ai_gateway',
  hosts: ['gateway.ai.cloudflare.com'],
  requestIdHeaders: ['cf-aig-log-id'],
  headers: {
    names: ['cf-aig-cache-status'],
    read(values, facts) {
      if (values['cf-aig-cache-status']?.toUpperCase() === 'HIT') facts.fromCache = true
    },
  },
  passesOn(path): PassedOn | undefined {
    const parts = split(path)
    const provider = parts && PROVIDERS[parts.slug]?.[0]
    return provider === undefined ? undefined : { provider, path: parts?.rest ?? '' }
  },
  pricedAs(model) {
    const slash = model.indexOf('/')
    const priceBook = slash < 0 ? undefined : PROVIDERS[model.slice(0, slash)]?.[1]
    return priceBook === undefined ? undefined : { priceBook, model: model.slice(slash + 1) }
  },
  serves: ['chat'],
})
