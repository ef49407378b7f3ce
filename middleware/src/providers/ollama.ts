/**
 * Ollama's OpenAI-compatible API: chat, legacy completions, embeddings and responses.
 *
 * Wire format: https://docs.ollama.com/openai. The cloud's host is known; a server of one's own is named by
 * `hosts` in the options (`'localhost:11434': 'ollama'`).
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const ollama: Provider = openAiCompatible({
  name: 'ollama',
  hosts: ['ollama.com'],
  serves: ['chat', 'completions', 'embeddings', 'responses'],
})
