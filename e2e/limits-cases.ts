/**
 * What budgets do, as data: a configuration, what somebody does one after the other, and what comes of each.
 */
import type { Attribution } from '@spanmeter/middleware'

/** `ok`, what the span says of a decision, or the code of a refusal. */
export type Outcome =
  | 'ok'
  | 'warned'
  | 'shadow'
  | 'downgraded'
  | 'throttled'
  | 'degraded'
  | 'budget-exceeded'
  | 'budget-suspended'
  | 'request-exceeds-budget'
  | 'enforcement-unavailable'

export interface Step {
  /** A call of 1,000 and 1,000 tokens of `gpt-4o-mini` (0.00075 USD), a run, or so many `voice_minute`. */
  use?: 'call' | 'run' | 'meter'
  as?: Attribution
  model?: string
  /** By the provider's name; `openai` unless said. */
  provider?: 'openai' | 'anthropic'
  service?: string
  /** A run fails, or is of a kind. */
  fails?: true
  kind?: string
  minutes?: number
  /** From now on it is so late. */
  at?: string
  /** The collector answers no more, or again. */
  collector?: 'gone' | 'back'
  /** As often as it takes until something else comes than `ok`. */
  until?: true
  /** How often; 1 unless said. */
  times?: number
  comes: Outcome
  /** The model that the provider was asked for. */
  sent?: string
}

export interface Case {
  name: string
  /** Of `spanmeter.yaml`. */
  config: Readonly<Record<string, unknown>>
  steps: readonly Step[]
  /** What the account of a budget says in the end. */
  account?: { budget: string; subject?: Readonly<Record<string, string>>; committed: string }
}

const one = { unit: 'calls', limit: 1, period: 'month' }
const budget = (more: object) => ({ budgets: [{ id: 'b', ...more }] })
const exceeded = 'budget-exceeded' as const

/** Each scope: whom it concerns, and whom not. */
const SCOPES: readonly [object, Partial<Step>, Partial<Step>][] = [
  [{ tenant: 'acme' }, { as: { tenant: 'acme' } }, { as: { tenant: 'globex' } }],
  [{ user: 'u1' }, { as: { user: 'u1' } }, { as: { user: 'u2' } }],
  [{ key: 'ci' }, { as: { key: 'ci' } }, { as: { key: 'web' } }],
  [{ agent: 'writer' }, { as: { agent: 'writer' } }, { as: { agent: 'reader' } }],
  [{ conversation: 'c1' }, { as: { conversation: 'c1' } }, { as: { conversation: 'c2' } }],
  [{ feature: 'chat' }, { as: { feature: 'chat' } }, { as: { feature: 'search' } }],
  [{ model: 'gpt-4o' }, { model: 'gpt-4o' }, { model: 'gpt-4o-mini' }],
  [{ provider: 'anthropic' }, { provider: 'anthropic' }, { provider: 'openai' }],
  [{ service: 'jobs' }, { service: 'jobs' }, { service: 'web' }],
  [
    { tenant: 'acme', feature: 'chat' },
    { as: { tenant: 'acme', feature: 'chat' } },
    { as: { tenant: 'acme' } },
  ],
  [{ tenant: '__none__' }, {}, { as: { tenant: 'acme' } }],
]

const scopes: Case[] = SCOPES.map(([scope, inside, outside]) => ({
  name: `scope ${JSON.stringify(scope)}`,
  config: budget({ ...one, scope }),
  steps: [
    { ...inside, comes: 'ok' },
    { ...inside, comes: exceeded },
    { ...outside, times: 2, comes: 'ok' },
  ],
}))

const units: Case[] = (
  [
    ['usd', { limit: 0.0015 }, {}, '0.0015'],
    ['tokens', { limit: 4000 }, {}, '4000'],
    ['credits', { limit: 0.15 }, {}, '0.15'],
    ['calls', { limit: 2 }, {}, '2'],
    ['runs', { limit: 2 }, { use: 'run' }, '2'],
    ['meter', { limit: 60, meter: 'voice_minute' }, { use: 'meter', minutes: 30 }, '60'],
  ] as [string, object, Partial<Step>, string][]
).map(([unit, more, step, committed]) => ({
  name: `unit ${unit}`,
  config: budget({ unit, period: 'month', ...more }),
  steps: [
    { ...step, times: 2, comes: 'ok' },
    { ...step, comes: exceeded },
  ],
  account: { budget: 'b', committed },
}))

const actions: Case[] = [
  {
    name: 'block',
    config: budget({ ...one, action: 'block' }),
    steps: [{ comes: 'ok' }, { comes: exceeded }],
  },
  {
    name: 'warn',
    config: budget({ ...one, limit: 2, warnAt: 50, action: 'warn' }),
    steps: [{ comes: 'ok' }, { until: true, comes: 'warned' }, { comes: 'warned' }],
  },
  {
    name: 'shadow',
    config: budget({ ...one, action: 'shadow' }),
    steps: [{ comes: 'ok' }, { until: true, comes: 'shadow' }, { comes: 'shadow' }],
  },
  {
    name: 'throttle',
    config: budget({ ...one, action: 'throttle', throttle: '1s' }),
    steps: [{ comes: 'ok' }, { comes: 'throttled' }],
    account: { budget: 'b', committed: '2' },
  },
  {
    name: 'downgrade',
    config: budget({ ...one, action: 'downgrade', downgrade: { 'gpt-4o': 'gpt-4o-mini' } }),
    steps: [
      { model: 'gpt-4o', comes: 'ok', sent: 'gpt-4o' },
      { model: 'gpt-4o', comes: 'downgraded', sent: 'gpt-4o-mini' },
      { model: 'gpt-4-turbo', comes: exceeded },
    ],
  },
].map((row) => ({ ...row, name: `action ${row.name}` }) as Case)

const unreachable: Case[] = (
  [
    ['lease', 'block', 'enforcement-unavailable'],
    ['open', 'block', 'degraded'],
    ['closed', 'block', 'enforcement-unavailable'],
    ['lease', 'throttle', 'degraded'],
    ['open', 'throttle', 'degraded'],
    ['closed', 'throttle', 'enforcement-unavailable'],
  ] as [string, string, Outcome][]
).map(([onUnreachable, action, comes]) => ({
  name: `onUnreachable ${onUnreachable}, action ${action}`,
  config: budget({
    ...{ unit: 'calls', limit: 100, period: 'month', onUnreachable, action },
    ...(action === 'throttle' ? { throttle: '1s' } : {}),
  }),
  steps: [
    { times: 2, comes: 'ok' },
    // What is in hand is spent first.
    { collector: 'gone', comes: 'ok' },
    { until: true, comes },
    { collector: 'back', comes: 'ok' },
  ],
}))

const MARCH = '2026-03-05T12:00:00Z'
const time: Case[] = [
  {
    name: 'roll-over: what a month left over, at most so much',
    config: budget({ ...one, limit: 3, rollOver: 1 }),
    steps: [
      { at: MARCH, comes: 'ok' },
      { at: '2026-04-01T00:00:00Z', times: 4, comes: 'ok' },
      { comes: exceeded },
      { at: '2026-05-01T00:00:00Z', times: 3, comes: 'ok' },
      { comes: exceeded },
    ],
  },
  {
    name: 'an increase begins and ends',
    config: budget({
      ...one,
      increases: [{ amount: 1, from: '2026-03-10T00:00:00Z', until: '2026-03-20T00:00:00Z' }],
    }),
    steps: [
      { at: MARCH, comes: 'ok' },
      { at: '2026-03-09T23:59:59Z', comes: exceeded },
      { at: '2026-03-10T00:00:00Z', comes: 'ok' },
      { comes: exceeded },
      { at: '2026-03-20T00:00:00Z', comes: exceeded },
      { at: '2026-04-01T00:00:00Z', comes: 'ok' },
      { comes: exceeded },
    ],
  },
  {
    name: 'an increase is for whom it names',
    config: budget({
      ...one,
      scope: { tenant: '*' },
      increases: [
        { amount: 1, from: '2026-03-01T00:00:00Z', until: '2026-04-01T00:00:00Z', for: { tenant: 'acme' } },
      ],
    }),
    steps: [
      { at: MARCH, as: { tenant: 'acme' }, times: 2, comes: 'ok' },
      { as: { tenant: 'acme' }, comes: exceeded },
      { as: { tenant: 'globex' }, comes: 'ok' },
      { as: { tenant: 'globex' }, comes: exceeded },
    ],
  },
  {
    name: 'a rolling window forgets',
    config: budget({ ...one, period: { rolling: '1h' } }),
    steps: [
      { at: MARCH, comes: 'ok' },
      { comes: exceeded },
      { at: '2026-03-05T13:00:00Z', comes: exceeded },
      { at: '2026-03-05T13:01:01Z', comes: 'ok' },
      { comes: exceeded },
    ],
  },
  ...['hour', 'day', 'week', 'month', 'quarter', 'year'].map((period, i) => {
    const ends = [
      '2026-03-05T13',
      '2026-03-06T00',
      '2026-03-09T00',
      '2026-04-01T00',
      '2026-04-01T00',
      '2027-01-01T00',
    ]
    return {
      name: `period ${period}`,
      config: budget({ ...one, period: { every: period, timezone: 'UTC' } }),
      steps: [
        { at: MARCH, comes: 'ok' },
        { at: new Date(Date.parse(`${ends[i]}:00:00Z`) - 1).toISOString(), comes: exceeded },
        { at: `${ends[i]}:00:00Z`, comes: 'ok' },
      ],
    } satisfies Case
  }),
]

const RUNS = { ...one, unit: 'runs' }
const who: Case[] = [
  {
    name: 'countIf: success',
    config: budget({ ...RUNS, countIf: 'success' }),
    steps: [
      { use: 'run', fails: true, times: 3, comes: 'ok' },
      { use: 'run', comes: 'ok' },
      { use: 'run', comes: exceeded },
    ],
    account: { budget: 'b', committed: '1' },
  },
  {
    name: 'excludeKinds',
    config: budget({ ...RUNS, excludeKinds: ['test', 'demo'] }),
    steps: [
      { use: 'run', kind: 'test', times: 2, comes: 'ok' },
      { use: 'run', kind: 'nightly', comes: 'ok' },
      { use: 'run', kind: 'nightly', comes: exceeded },
      { use: 'run', kind: 'demo', comes: 'ok' },
    ],
    account: { budget: 'b', committed: '1' },
  },
  {
    name: 'each tenant by itself, one with a limit of its own',
    config: budget({ ...one, scope: { tenant: '*' }, limits: [{ for: { tenant: 'acme' }, limit: 2 }] }),
    steps: [
      { as: { tenant: 'acme' }, times: 2, comes: 'ok' },
      { as: { tenant: 'acme' }, comes: exceeded },
      { as: { tenant: 'globex' }, comes: 'ok' },
      { as: { tenant: 'globex' }, comes: exceeded },
      { times: 2, comes: 'ok' },
    ],
    account: { budget: 'b', subject: { tenant: 'acme' }, committed: '2' },
  },
  {
    name: 'each user of each tenant, only one with a limit',
    config: budget({
      ...{ id: 'b', unit: 'calls', period: 'month', scope: { tenant: '*', user: '*' } },
      limits: [{ for: { tenant: 'acme', user: 'u1' }, limit: 1 }],
    }),
    steps: [
      { as: { tenant: 'acme', user: 'u1' }, comes: 'ok' },
      { as: { tenant: 'acme', user: 'u1' }, comes: exceeded },
      { as: { tenant: 'acme', user: 'u2' }, times: 3, comes: 'ok' },
      { as: { tenant: 'globex', user: 'u1' }, times: 3, comes: 'ok' },
    ],
  },
  {
    name: 'of several budgets the strictest decides, and what it refuses holds nothing in the others',
    config: {
      budgets: [
        { id: 'wide', unit: 'calls', limit: 5, period: 'month' },
        { id: 'b', ...one, scope: { tenant: 'acme' } },
      ],
    },
    steps: [
      { as: { tenant: 'acme' }, comes: 'ok' },
      { as: { tenant: 'acme' }, times: 3, comes: exceeded },
      { as: { tenant: 'globex' }, times: 4, comes: 'ok' },
      { as: { tenant: 'globex' }, comes: exceeded },
    ],
    account: { budget: 'wide', committed: '5' },
  },
]

const acme = { as: { tenant: 'acme' } }
const plans = (meters: object, subscription: object) => ({
  plans: { basic: { meters } },
  subscriptions: [{ tenant: 'acme', plan: 'basic', ...subscription }],
})
const planned: Case[] = [
  {
    name: 'a meter with a hard limit ends there',
    config: plans({ api_call: { included: 1, hardLimit: 2 } }, {}),
    steps: [
      { ...acme, times: 2, comes: 'ok' },
      { ...acme, comes: exceeded },
      { as: { tenant: 'other' }, times: 3, comes: 'ok' },
    ],
    account: { budget: 'plan.api_call', subject: { tenant: 'acme' }, committed: '2' },
  },
  {
    name: 'a meter with an included quantity goes on',
    config: plans({ api_call: { included: 1, overageUnitPrice: 0.01 } }, {}),
    steps: [
      { ...acme, comes: 'ok' },
      { ...acme, until: true, comes: 'warned' },
    ],
  },
  {
    name: "a subscription's override",
    config: plans({ api_call: { hardLimit: 1 } }, { overrides: { api_call: { hardLimit: 2 } } }),
    steps: [
      { ...acme, times: 2, comes: 'ok' },
      { ...acme, comes: exceeded },
    ],
  },
  {
    name: "a user's limit within the tenant's",
    config: plans({ api_call: { hardLimit: 3 } }, { users: { u1: { api_call: { hardLimit: 1 } } } }),
    steps: [
      { as: { tenant: 'acme', user: 'u1' }, comes: 'ok' },
      { as: { tenant: 'acme', user: 'u1' }, comes: exceeded },
      { as: { tenant: 'acme', user: 'u2' }, times: 2, comes: 'ok' },
      { as: { tenant: 'acme', user: 'u2' }, comes: exceeded },
    ],
  },
  {
    name: 'a suspended subscription',
    config: plans({ api_call: { hardLimit: 3 } }, { suspended: true }),
    steps: [{ ...acme, comes: 'budget-suspended' }],
  },
  {
    name: "months begin on the subscription's day, in its zone",
    config: plans({ api_call: { hardLimit: 1 } }, { timezone: 'Europe/Berlin', anchorDay: 15 }),
    steps: [
      { at: MARCH, ...acme, comes: 'ok' },
      { at: '2026-03-14T22:59:59Z', ...acme, comes: exceeded },
      { at: '2026-03-14T23:00:00Z', ...acme, comes: 'ok' },
    ],
  },
  {
    name: 'the credits of a plan',
    config: {
      plans: { basic: { credits: 0.15, meters: {} } },
      subscriptions: [{ tenant: 'acme', plan: 'basic' }],
    },
    steps: [
      { ...acme, times: 2, comes: 'ok' },
      { ...acme, comes: exceeded },
    ],
  },
].map((row) => ({ ...row, name: `plan: ${row.name}` }) as Case)

const everything: Case = {
  name: 'scope: everything',
  config: budget(one),
  steps: [
    { as: { tenant: 'acme' }, comes: 'ok' },
    { as: { tenant: 'globex' }, comes: exceeded },
    { comes: exceeded },
  ],
}

export const CASES: readonly Case[] = [
  everything,
  ...scopes,
  ...units,
  ...actions,
  ...unreachable,
  ...time,
  ...who,
  ...planned,
]
