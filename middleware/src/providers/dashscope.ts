/**
 * Alibaba Cloud Model Studio (DashScope) in its OpenAI-compatible mode: chat, legacy completions, embeddings
 * and responses.
 *
 * Wire format: https://www.alibabacloud.com/help/en/model-studio/use-qwen-by-calling-api. Tokens written to a
 * cache are `prompt_tokens_details.cache_creation_input_tokens`, a part of the input.
 */
import type { Provider } from './provider.ts'
import { openAiCompatible } from './wire/openai-family.ts'

export const dashscope: Provider = openAiCompatible({
  name: 'dashscope',
  hosts: ['dashscope.aliyuncs.com', 'dashscope-intl.aliyuncs.com', 'dashscope-us.aliyuncs.com'],
  serves: ['chat', 'completions', 'embeddings', 'responses'],
})
