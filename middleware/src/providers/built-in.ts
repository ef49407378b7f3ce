/**
 * The providers that come with the package: every plugin of this folder, in the order of their files.
 *
 * Invariant: a test compares this list with the folder.
 */
import { anthropic } from './anthropic.ts'
import { arcee } from './arcee.ts'
import { assemblyai } from './assemblyai.ts'
import { avian } from './avian.ts'
import { azureOpenai } from './azure-openai.ts'
import { baseten } from './baseten.ts'
import { bedrock } from './bedrock.ts'
import { blackForestLabs } from './black-forest-labs.ts'
import { cartesia } from './cartesia.ts'
import { cerebras } from './cerebras.ts'
import { cloudflareAiGateway } from './cloudflare-ai-gateway.ts'
import { cloudflareWorkersAi } from './cloudflare-workers-ai.ts'
import { cohere } from './cohere.ts'
import { dashscope } from './dashscope.ts'
import { deepgram } from './deepgram.ts'
import { deepinfra } from './deepinfra.ts'
import { deepseek } from './deepseek.ts'
import { doubleword } from './doubleword.ts'
import { elevenlabs } from './elevenlabs.ts'
import { exa } from './exa.ts'
import { fal } from './fal.ts'
import { featherless } from './featherless.ts'
import { firecrawl } from './firecrawl.ts'
import { fireworks } from './fireworks.ts'
import { gemini } from './gemini.ts'
import { groq } from './groq.ts'
import { helicone } from './helicone.ts'
import { huggingFace } from './hugging-face.ts'
import { hyperbolic } from './hyperbolic.ts'
import { jina } from './jina.ts'
import { lambda } from './lambda.ts'
import { litellm } from './litellm.ts'
import { luma } from './luma.ts'
import { minimax } from './minimax.ts'
import { mistral } from './mistral.ts'
import { moonshot } from './moonshot.ts'
import { nebius } from './nebius.ts'
import { novita } from './novita.ts'
import { ollama } from './ollama.ts'
import { openai } from './openai.ts'
import { openaiCompatible } from './openai-compatible.ts'
import { openrouter } from './openrouter.ts'
import { ovhcloud } from './ovhcloud.ts'
import { perplexity } from './perplexity.ts'
import { portkey } from './portkey.ts'
import { prodia } from './prodia.ts'
import type { Provider } from './provider.ts'
import { recraft } from './recraft.ts'
import { replicate } from './replicate.ts'
import { runway } from './runway.ts'
import { sambanova } from './sambanova.ts'
import { serper } from './serper.ts'
import { siliconflow } from './siliconflow.ts'
import { stability } from './stability.ts'
import { tavily } from './tavily.ts'
import { together } from './together.ts'
import { vercelAiGateway } from './vercel-ai-gateway.ts'
import { vertexAi } from './vertex-ai.ts'
import { voyage } from './voyage.ts'
import { xai } from './xai.ts'
import { zai } from './zai.ts'
import { zhipu } from './zhipu.ts'

/** All built-in providers. */
export const PROVIDERS: readonly Provider[] = [
  anthropic,
  arcee,
  assemblyai,
  avian,
  azureOpenai,
  baseten,
  bedrock,
  blackForestLabs,
  cartesia,
  cerebras,
  cloudflareAiGateway,
  cloudflareWorkersAi,
  cohere,
  dashscope,
  deepgram,
  deepinfra,
  deepseek,
  doubleword,
  elevenlabs,
  exa,
  fal,
  featherless,
  firecrawl,
  fireworks,
  gemini,
  groq,
  helicone,
  huggingFace,
  hyperbolic,
  jina,
  lambda,
  litellm,
  luma,
  minimax,
  mistral,
  moonshot,
  nebius,
  novita,
  ollama,
  openaiCompatible,
  openai,
  openrouter,
  ovhcloud,
  perplexity,
  portkey,
  prodia,
  recraft,
  replicate,
  runway,
  sambanova,
  serper,
  siliconflow,
  stability,
  tavily,
  together,
  vercelAiGateway,
  vertexAi,
  voyage,
  xai,
  zai,
  zhipu,
]
