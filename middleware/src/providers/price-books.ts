/**
 * Which price book a provider's calls are rated with, by the provider's name in telemetry.
 *
 * Invariant: says what the plugins say; a provider that no plugin knows is looked up under its own name.
 */
import { PROVIDERS } from './built-in.ts'

const BOOKS = new Map(PROVIDERS.map((provider) => [provider.name, provider.priceBook ?? provider.name]))

/** Id in the price book for a `gen_ai.provider.name` (`x_ai` is `x-ai`, `gcp.gemini` is `google`). */
export function priceBookOf(provider: string): string {
  return BOOKS.get(provider) ?? provider
}
