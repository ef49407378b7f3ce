/**
 * Whatever speaks OpenAI's API on a host that only `hosts` in the options knows: vLLM, SGLang, llama.cpp,
 * LM Studio, TGI, gateways.
 *
 * Servers may report running usage in every chunk (the last one counts), none at all (the call is estimated),
 * or end a stream without `[DONE]`.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const openaiCompatible: Provider = openAiCompatible({
  name: 'openai-compatible',
  hosts: [],
  serves: ['chat', 'completions', 'embeddings', 'responses'],
  dialect: { endsUnmarked: true },
})
