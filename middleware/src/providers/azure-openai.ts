/**
 * Azure OpenAI and AI Foundry: chat, legacy completions, embeddings, responses, images, transcription, batches,
 * realtime, and Claude's messages.
 *
 * Wire format: https://learn.microsoft.com/azure/ai-foundry/openai/reference. The deployment is in the path
 * (`/openai/deployments/{deployment}/…`) or is the body's `model` (`/openai/v1/…`): a name that the customer
 * chose. Only the model in the answer is priced.
 */
import { defineProvider, type Provider } from './provider.ts'
import { messages } from './wire/anthropic-messages.ts'
import { images } from './wire/image-generation.ts'
import { chatCompletions, completions, embeddings } from './wire/openai-chat.ts'
import { batches } from './wire/openai-jobs.ts'
import { realtime } from './wire/openai-realtime.ts'
import { backgroundResponses } from './wire/openai-responses.ts'
import { transcription } from './wire/transcription.ts'

const DEPLOYMENT = '/openai/deployments/{model}'

export const azureOpenai: Provider = defineProvider({
  name: 'azure.ai.openai',
  priceBook: 'azure',
  deployments: true,
  hosts: [
    '*.openai.azure.com',
    '*.cognitiveservices.azure.com',
    '*.services.ai.azure.com',
    '*.openai.azure.us',
    '*.azure-api.net',
  ],
  requestIdHeaders: ['apim-request-id', 'x-request-id', 'x-ms-client-request-id'],
  endpoints: [
    chatCompletions({ maxOutput: 'max_completion_tokens' }, `${DEPLOYMENT}/chat/completions`),
    completions({}, `${DEPLOYMENT}/completions`),
    embeddings({}, `${DEPLOYMENT}/embeddings`),
    images(`${DEPLOYMENT}/images/generations`),
    images(`${DEPLOYMENT}/images/edits`),
    transcription(`${DEPLOYMENT}/audio/transcriptions`),
    transcription(`${DEPLOYMENT}/audio/translations`),
    chatCompletions({ maxOutput: 'max_completion_tokens' }),
    completions({}, '/openai/v1/completions'),
    embeddings(),
    ...backgroundResponses(),
    images('/openai/v1/images/generations'),
    images('/openai/v1/images/edits'),
    messages('/anthropic/v1/messages'),
    ...batches(),
    ...batches('/openai/batches'),
    realtime(),
  ],
})
