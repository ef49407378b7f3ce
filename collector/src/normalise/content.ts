/**
 * Attributes that carry what people wrote, what models answered, or credentials: never stored.
 *
 * Invariant: data only; a name is content by itself, or because it starts as one.
 */
const NAMES: ReadonlySet<string> = new Set([
  'gen_ai.input.messages',
  'gen_ai.output.messages',
  'gen_ai.system_instructions',
  'gen_ai.tool.definitions',
  'gen_ai.tool.call.arguments',
  'gen_ai.tool.call.result',
  'gen_ai.prompt',
  'gen_ai.completion',
  'gen_ai.content.prompt',
  'gen_ai.content.completion',
  'gen_ai.usage.raw',
  'traceloop.entity.input',
  'traceloop.entity.output',
  'langfuse.observation.input',
  'langfuse.observation.output',
  'langfuse.trace.input',
  'langfuse.trace.output',
  'input.value',
  'output.value',
  'tool.parameters',
  'ai.prompt',
  'ai.response.text',
  'ai.response.reasoning',
  'ai.response.object',
  'ai.response.toolCalls',
  'ai.response.files',
  'ai.toolCall.args',
  'ai.toolCall.result',
  'ai.schema',
  'ai.value',
  'ai.values',
  'ai.embedding',
  'ai.embeddings',
  'all_messages_events',
  'pydantic_ai.all_messages',
  'final_result',
  'request_data',
  'response_data',
  'events',
])

const PREFIXES = [
  'gen_ai.prompt.',
  'gen_ai.completion.',
  'llm.input_messages',
  'llm.output_messages',
  'llm.prompts',
  'llm.completions',
  'llm.prompt_template',
  'llm.request.functions',
  'llm.tools',
  'embedding.embeddings',
  'retrieval.documents',
  'reranker.query',
  'reranker.input_documents',
  'reranker.output_documents',
  'ai.prompt.',
  'ai.request.headers',
  'metadata.requester_custom_headers',
] as const

const HARMLESS = /^gen_ai\.prompt\.(name|version|id)$|\.finish_reason$/

/** Whether an attribute's value must not be kept. */
export function isContent(name: string): boolean {
  if (NAMES.has(name)) return true
  return PREFIXES.some((prefix) => name.startsWith(prefix)) && !HARMLESS.test(name)
}
