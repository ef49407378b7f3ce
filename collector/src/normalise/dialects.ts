/**
 * Who sends spans, and what holds for all of a sender's spans whatever their attributes are called.
 *
 * Invariant: data only; a sender is known by its instrumentation scope, and an unknown one speaks the current
 * GenAI conventions: CLIENT spans, totals that contain everything.
 */

/** What holds for the spans of one scope. */
export interface Dialect {
  readonly name: string
  /** Exact names of scopes; one that ends with `*` stands for all that start so. */
  readonly scopes: readonly string[]
  /** A call may be a span of any kind; otherwise it is a CLIENT span unless a mark of the sender says it is one. */
  readonly anyKind?: true
  /** The provider where a span names none. */
  readonly provider?: string
  /** Providers whose input totals do not contain what was cached; `*` is every provider. */
  readonly uncachedInput?: readonly string[]
  /** A call that is streamed has two spans, and the one that says nothing of usage or of an error is none. */
  readonly usageElsewhere?: true
  /** Names of spans that are calls although nothing else says so, with their operation. */
  readonly callNames?: Readonly<Record<string, string>>
  /** Names of operations that mean something else here than elsewhere. */
  readonly operations?: Readonly<Record<string, string>>
}

const CURRENT: Dialect = { name: 'gen_ai', scopes: [] }

const DIALECTS: readonly Dialect[] = [
  {
    name: 'anthropic-sdk',
    scopes: ['com.anthropic.sdk.*'],
    provider: 'anthropic',
    callNames: { 'anthropic.messages.create': 'chat' },
  },
  { name: 'mistral-sdk', scopes: ['mistralai_sdk_tracer'], anyKind: true, provider: 'mistral_ai' },
  // Counts Anthropic's input as Anthropic does: without what was cached.
  {
    name: 'openllmetry-js-anthropic',
    scopes: ['@traceloop/instrumentation-anthropic'],
    uncachedInput: ['*'],
  },
  { name: 'openinference', scopes: ['@arizeai/*', 'openinference.*'] },
  { name: 'openllmetry', scopes: ['@traceloop/*', 'opentelemetry.instrumentation.*', 'traceloop*'] },
  // Before release 6 the input of these providers came as they count it; since then `noCacheTokens` is there.
  { name: 'ai-sdk-legacy', scopes: ['ai'], uncachedInput: ['anthropic', 'aws.bedrock'] },
  { name: 'ai-sdk', scopes: ['gen_ai', '@ai-sdk/otel'] },
  { name: 'langfuse', scopes: ['langfuse*', '@langfuse/*'] },
  { name: 'openlit', scopes: ['openlit*', '@openlit/*'], anyKind: true },
  { name: 'langsmith', scopes: ['langsmith*'], anyKind: true },
  { name: 'pydantic-ai', scopes: ['pydantic-ai*', 'pydantic_ai*'], anyKind: true },
  { name: 'logfire', scopes: ['logfire*'], anyKind: true, usageElsewhere: true },
  {
    name: 'litellm',
    scopes: ['litellm'],
    anyKind: true,
    operations: { completion: 'chat', text_completion: 'text_completion' },
  },
]

/** What marks and operations of other dialects are called here; empty where such a span is no call. */
export const OPERATIONS: Readonly<Record<string, string>> = {
  // OpenInference
  llm: 'chat',
  embedding: 'embeddings',
  reranker: 'rerank',
  retriever: '',
  tool: '',
  agent: '',
  chain: '',
  guardrail: '',
  evaluator: '',
  prompt: '',
  // Langfuse
  generation: 'chat',
  span: '',
  event: '',
  // Traceloop
  workflow: '',
  task: '',
  // OpenLLMetry
  completion: 'text_completion',
  // LiteLLM's call types
  acompletion: 'chat',
  atext_completion: 'text_completion',
  responses: 'chat',
  aresponses: 'chat',
  anthropic_messages: 'chat',
  aembedding: 'embeddings',
  arerank: 'rerank',
  amoderation: 'moderation',
  aimage_generation: 'image_generation',
  aspeech: 'speech',
  atranscription: 'transcription',
  // AI SDK: the outer spans repeat the usage of these
  'ai.generatetext': '',
  'ai.streamtext': '',
  'ai.generateobject': '',
  'ai.streamobject': '',
  'ai.embed': '',
  'ai.embedmany': '',
  'ai.rerank': '',
  'ai.toolcall': '',
  'ai.generatetext.dogenerate': 'chat',
  'ai.streamtext.dostream': 'chat',
  'ai.generateobject.dogenerate': 'chat',
  'ai.streamobject.dostream': 'chat',
  'ai.embed.doembed': 'embeddings',
  'ai.embedmany.doembed': 'embeddings',
  'ai.rerank.dorerank': 'rerank',
  // current conventions: these contain calls, or only fetch what one gave
  invoke_agent: '',
  create_agent: '',
  invoke_workflow: '',
  agent_step: '',
  execute_tool: '',
  plan: '',
  retrieval: '',
  fetch_response: '',
}

/** Finds dialects by scope; remembers the last ones. */
export class DialectTable {
  readonly #known = new Map<string, Dialect>()
  #last: Buffer = Buffer.alloc(0)
  #dialect: Dialect = CURRENT

  /** The dialect of a scope, by its name's bytes. */
  of(scope: Buffer): Dialect {
    if (scope.equals(this.#last)) return this.#dialect
    const name = scope.toString('utf8', 0, 256)
    let found = this.#known.get(name)
    if (found === undefined) {
      found = DIALECTS.find(({ scopes }) => scopes.some((pattern) => matches(pattern, name))) ?? CURRENT
      if (this.#known.size >= 1000) this.#known.clear()
      this.#known.set(name, found)
    }
    this.#last = Buffer.from(scope)
    this.#dialect = found
    return found
  }
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}
