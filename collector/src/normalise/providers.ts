/**
 * Names of providers as emitters write them → names of the GenAI conventions; and whose a model is.
 *
 * Invariant: data only; a name that is not here stays as it is.
 */

/** Lower-case names, and families of them that are followed by a dot and the kind of model. */
const NAMES: Readonly<Record<string, string>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  azure: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
  'az.ai.openai': 'azure.ai.openai',
  'az.ai.inference': 'azure.ai.inference',
  azure_ai: 'azure.ai.inference',
  bedrock: 'aws.bedrock',
  aws: 'aws.bedrock',
  aws_bedrock: 'aws.bedrock',
  'amazon-bedrock': 'aws.bedrock',
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  'google.generative-ai': 'gcp.gemini',
  google_genai: 'gcp.gemini',
  'google-gla': 'gcp.gemini',
  vertex_ai: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  'google-vertex': 'gcp.vertex_ai',
  'google.vertex': 'gcp.vertex_ai',
  vertex: 'gcp.vertex_ai',
  mistral: 'mistral_ai',
  mistralai: 'mistral_ai',
  cohere: 'cohere',
  groq: 'groq',
  deepseek: 'deepseek',
  perplexity: 'perplexity',
  xai: 'x_ai',
  moonshotai: 'moonshot_ai',
  moonshot: 'moonshot_ai',
  together: 'together_ai',
  togetherai: 'together_ai',
  fireworks: 'fireworks_ai',
  watsonx: 'ibm.watsonx.ai',
  openrouter: 'openrouter',
}

/** How model names begin → who makes them: for senders that name no provider. */
const MAKERS: readonly (readonly [prefix: string, provider: string])[] = [
  ['gpt-', 'openai'],
  ['o1', 'openai'],
  ['o3', 'openai'],
  ['o4', 'openai'],
  ['chatgpt-', 'openai'],
  ['text-embedding-', 'openai'],
  ['claude-', 'anthropic'],
  ['gemini-', 'gcp.gemini'],
  ['mistral-', 'mistral_ai'],
  ['codestral-', 'mistral_ai'],
  ['command-', 'cohere'],
  ['deepseek-', 'deepseek'],
  ['grok-', 'x_ai'],
  ['sonar', 'perplexity'],
]

/** The conventions' name of a provider: `OpenAI`, `openai.chat` and `openai` are one. */
export function providerName(text: string): string {
  for (let name = text.toLowerCase(); name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    if (Object.hasOwn(NAMES, name)) return NAMES[name] as string
  }
  // a provider of one's own: `mine.chat` is `mine`
  return text.replace(/\.(chat|completion|responses|messages|embedding|textEmbedding)$/, '')
}

/** Whose model it is, `unknown` where the name does not say; LiteLLM writes `openai/gpt-5-mini`. */
export function makerOf(model: string): string {
  const name = model.toLowerCase()
  const prefix = name.slice(0, Math.max(0, name.indexOf('/')))
  if (Object.hasOwn(NAMES, prefix)) return NAMES[prefix] as string
  return MAKERS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 'unknown'
}
