/**
 * Who calls the demo's services, and with what: tenants, their documents, questions, and the odd mishap.
 *
 * Invariant: a request is decided by the random numbers alone, so that the same seed plays the same day.
 * Every call is really made; there is no invented history.
 */
import { between, type Random } from '../provider/random.ts'

/** One request to a service. */
export interface CallerRequest {
  service: 'chat' | 'docs'
  path: '/chat' | '/suggest' | '/summarise' | '/embed' | '/assist'
  headers: Record<string, string>
  body: Record<string, unknown>
  /** Close the connection after so many milliseconds: the reader lost patience. */
  leaveAfter: number | undefined
}

interface Tenant {
  id: string
  /** How much of the traffic is theirs. */
  share: number
  users: number
  document: string
}

const TENANTS: readonly Tenant[] = [
  tenant('fjord-travel', 40, 24, 'Fares, rebooking and refunds on all routes', 90),
  tenant('kiosk24', 25, 60, 'Stock, returns and loyalty points in every shop', 160),
  tenant('harbour-legal', 20, 9, 'Retention of client records and matters of privilege', 420),
  tenant('lumen-clinic', 15, 14, 'Appointments, reports and prescriptions for patients', 240),
]

const QUESTIONS = [
  'Where is my order, and can I still change the address?',
  'Which rules apply if I cancel tonight?',
  'Please draft a friendly answer to the last complaint.',
  'What changed since the last version of this policy?',
  'Give me the three most important points for a new colleague.',
  'Can you compare both offers and say which is cheaper over a year?',
  'Why was the second invoice higher than the first?',
]

interface Conversation {
  id: string
  tenant: Tenant
  user: string
  turns: { role: 'user' | 'assistant'; content: string }[]
  path: '/chat' | '/assist'
  model: string
  think: boolean
}

/** What happens, with its share in a hundred requests. */
const KINDS = [
  ['talk', 68.5],
  ['embed', 12],
  ['summarise', 10],
  ['suggest', 5],
  ['unpriced', 3],
  ['mishap', 1.5],
] as const

const CHAT_MODELS = [
  ['gpt-5.4-mini', 60],
  ['gpt-5.4', 22],
  ['gpt-5.1', 18],
] as const
const ASSIST_MODELS = [
  ['claude-haiku-4-5', 55],
  ['claude-sonnet-5', 33],
  ['claude-opus-5-5', 12],
] as const
const MISHAPS = [
  ['[provider: error=429]', 50],
  ['[provider: error=500]', 30],
  ['[provider: error=529]', 20],
] as const

/** A day at the service desks: call `next` for each request. */
export function createCallers(random: Random): { next(): CallerRequest } {
  const open: Conversation[] = []
  let opened = 0

  function begin(): Conversation {
    opened += 1
    const tenant = pick(
      TENANTS.map((item) => [item, item.share] as const),
      random,
    )
    const path = random() < 0.55 ? '/chat' : '/assist'
    const model = pick(path === '/chat' ? CHAT_MODELS : ASSIST_MODELS, random)
    const conversation: Conversation = {
      id: `conv-${opened.toString(36)}-${Math.floor(random() * 1e6).toString(36)}`,
      tenant,
      user: `${tenant.id}-user-${between(1, tenant.users, random)}`,
      turns: [],
      path,
      model,
      think: model === 'claude-opus-5-5' || (model === 'claude-sonnet-5' && random() < 0.4),
    }
    open.push(conversation)
    if (open.length > 40) open.shift()
    return conversation
  }

  return {
    next() {
      const kind = pick(KINDS, random)
      const known = open[Math.floor(random() * open.length)]
      const conversation = known && random() < 0.72 ? known : begin()
      const { tenant, user } = conversation
      const question = QUESTIONS[Math.floor(random() * QUESTIONS.length)] ?? ''
      const request: CallerRequest = {
        service: random() < 0.6 ? 'chat' : 'docs',
        path: '/chat',
        headers: { 'x-tenant-id': tenant.id, 'x-user-id': user },
        body: {},
        leaveAfter: undefined,
      }
      switch (kind) {
        case 'talk':
          return talk(request, conversation, question, random)
        case 'embed':
          request.path = '/embed'
          request.body = {
            texts: paragraphs(tenant.document, between(1, 12, random)),
            ...(random() < 0.2 ? { model: 'text-embedding-3-large' } : {}),
          }
          return request
        case 'summarise':
          request.path = '/summarise'
          request.body = {
            text: paragraphs(tenant.document, between(5, 60, random)).join('\n'),
            stream: random() < 0.5,
            urgent: random() < 0.8,
            ...(random() < 0.4 ? { model: 'gpt-6-luna' } : {}),
          }
          return request
        case 'suggest':
          request.path = '/suggest'
          request.body = { messages: [{ role: 'user', content: question }], maxTokens: 60 }
          return request
        case 'unpriced':
          request.body = {
            messages: [{ role: 'user', content: question }],
            model: 'orchid-preview',
            stream: true,
          }
          return request
        case 'mishap':
          request.path = random() < 0.5 ? '/chat' : '/assist'
          request.body = { messages: [{ role: 'user', content: `${question} ${pick(MISHAPS, random)}` }] }
          return request
      }
    },
  }
}

function talk(
  request: CallerRequest,
  conversation: Conversation,
  question: string,
  random: Random,
): CallerRequest {
  const stream = random() < 0.75
  const messages = [...conversation.turns, { role: 'user' as const, content: question }]
  conversation.turns = [...messages, { role: 'assistant' as const, content: `Noted: ${question}` }].slice(-12)
  const { path, model, think, tenant, id } = conversation
  return {
    ...request,
    path,
    headers: { ...request.headers, 'x-conversation-id': id },
    body: {
      messages,
      model,
      think,
      stream,
      document: tenant.document,
      keep: tenant.share < 20 ? '1h' : '5m',
      maxTokens: 1500,
    },
    leaveAfter: stream && random() < 0.05 ? between(300, 900, random) : undefined,
  }
}

/** One of the values, as often as their weights say. */
function pick<T>(weighted: readonly (readonly [T, number])[], random: Random): T {
  let left = random() * weighted.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [value, weight] of weighted) {
    left -= weight
    if (left < 0) return value
  }
  throw new Error('cannot pick from an empty list')
}

function tenant(id: string, share: number, users: number, topic: string, length: number): Tenant {
  const document = Array.from(
    { length },
    (_, index) =>
      `${index + 1}. ${topic}: rule ${index + 1} applies from the day of notice unless agreed otherwise.`,
  ).join('\n')
  return { id, share, users, document }
}

function paragraphs(document: string, count: number): string[] {
  return document.split('\n').slice(0, count)
}
