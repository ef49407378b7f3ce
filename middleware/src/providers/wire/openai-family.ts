/**
 * What providers that speak OpenAI's API have in common, so that each one's file says only what is its own.
 */
import { defineProvider, type Endpoint, type Provider } from '../provider.ts'
import { type ChatDialect, chatCompletions, completions, embeddings } from './openai-chat.ts'
import { responses } from './openai-responses.ts'

/** The endpoints of OpenAI that a provider may serve under the same paths. */
export type OpenAiEndpoint = 'chat' | 'completions' | 'embeddings' | 'responses'

export interface OpenAiCompatible extends Partial<Omit<Provider, 'endpoints'>> {
  name: string
  hosts: readonly string[]
  /** Which of OpenAI's endpoints it serves; chat, legacy completions and embeddings unless said. */
  serves?: readonly OpenAiEndpoint[]
  /** What it does differently, in all of them. */
  dialect?: ChatDialect
  /** Endpoints beyond OpenAI's; matched before those. */
  more?: readonly Endpoint[]
}

const SERVES: readonly OpenAiEndpoint[] = ['chat', 'completions', 'embeddings']

/** A provider from what is its own. @throws {Error} for a definition that cannot work */
export function openAiCompatible(options: OpenAiCompatible): Provider {
  const { serves = SERVES, dialect = {}, more = [], requestIdHeaders = ['x-request-id'], ...own } = options
  const make: Record<OpenAiEndpoint, () => Endpoint> = {
    chat: () => chatCompletions(dialect),
    completions: () => completions(dialect),
    embeddings: () => embeddings(dialect),
    responses: () => responses(dialect),
  }
  return defineProvider({
    ...own,
    requestIdHeaders,
    endpoints: [...more, ...serves.map((one) => make[one]())],
  })
}
