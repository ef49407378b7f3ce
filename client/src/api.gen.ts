/**
 * Made by `npm run generate -w client` from the collector's OpenAPI text; change the API instead.
 */

export type AcceptedAlerts = {
  /** Alerts taken. */
  readonly accepted: number
}

export type Alert = {
  /** Identifies the alert. */
  readonly id: string
  readonly status: 'firing' | 'resolved'
  /** `rule`: one of the configuration; otherwise who sent it. */
  readonly source: 'rule' | 'grafana' | 'alertmanager'
  /** Name of the rule. */
  readonly rule: string
  /** Kind of the rule; empty where another system has it. */
  readonly kind: string
  readonly severity: 'info' | 'warning' | 'critical'
  /** What is wrong, with whom. */
  readonly title: string
  /** The figures, in a sentence. */
  readonly summary: string
  /** What it is about, such as `tenant_id`. */
  readonly subject: Readonly<Record<string, string>>
  /** What was measured. */
  readonly value: string
  /** What it was measured against. */
  readonly threshold: string
  /** The period that knows the alert once; null where there is none. */
  readonly period: string | null
  /** When it began, UTC. */
  readonly starts_at: string
  /** When it was over, UTC; null while it fires. */
  readonly ends_at: string | null
  /** When somebody marked it as read, UTC. */
  readonly read_at: string | null
  /** When somebody said that they see to it, UTC. */
  readonly acked_at: string | null
  /** Who that was. */
  readonly acked_by: string | null
  /** A silence kept it quiet. */
  readonly silenced: boolean
  /** A page that says what to do. */
  readonly runbook: string | null
}

export type AlertAcknowledgement = {
  /** Who sees to it. */
  readonly by: string
}

export type AlertBackTest = {
  /** As in the configuration. */
  readonly rule: {
    readonly kind: string
  }
  /** How far back. */
  readonly days?: number
}

export type AlertBackTestResult = {
  readonly alerts: readonly Alert[]
  /** How often the rule was asked. */
  readonly evaluations: number
  /** How far apart. */
  readonly step_seconds: number
}

export type AlertRule = {
  /** As the configuration calls it. */
  readonly name: string
  /** Kind of the rule. */
  readonly kind: string
  /** What the kind tells of. */
  readonly what: string
  readonly severity: 'info' | 'warning' | 'critical'
  /** How long it must hold before anybody hears of it. */
  readonly for_seconds: number
  /** Where it is told; null: everywhere. */
  readonly channels: readonly string[] | null
  /** Its alerts that fire now. */
  readonly firing: number
}

export type AlertRules = {
  readonly rules: readonly AlertRule[]
}

export type Alerts = {
  /** Length of the whole list. */
  readonly total: number
  /** Alerts that nobody marked as read, in the whole list. */
  readonly unread: number
  /** Alerts that fire, in the whole list. */
  readonly firing: number
  readonly alerts: readonly Alert[]
}

export type BillingAnalytics = {
  readonly period: Period
  readonly currency: 'USD'
  /** False when the period has no call. */
  readonly hasData: boolean
  readonly summary: {
    /** Input and output tokens. */
    readonly totalTokens: number
    /** Input tokens, with cached ones. */
    readonly promptTokens: number
    /** Output tokens, with reasoning. */
    readonly completionTokens: number
    /** Input tokens read from a cache; part of `promptTokens`. */
    readonly cacheReadTokens: number
    /** Input tokens written to a cache; part of `promptTokens`. */
    readonly cacheWriteTokens: number
    /** Reasoning tokens; part of `completionTokens`. */
    readonly reasoningTokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly totalCost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly totalCostExact: string
    /** Model calls: one message is one call to a paid API. */
    readonly totalMessages: number
    /** Different conversations, exact; calls without one are in none. */
    readonly totalConversations: number
    /** Null without messages. */
    readonly avgTokensPerMessage: number | null
    /** totalCost / totalMessages, USD; null without messages. */
    readonly avgCostPerMessage: number | null
    /** The same, rounded at the twelfth decimal, USD: exact, at most 12 decimals. */
    readonly avgCostPerMessageExact: string | null
    /** Calls that ended in an error. */
    readonly errorMessages: number
    /** Calls whose cost is not known: they are in no cost here. */
    readonly unpricedMessages: number
    /** Calls that the provider refused without usage: nothing to bill. */
    readonly failedMessages: number
    /** Calls whose usage was estimated. */
    readonly estimatedMessages: number
    /** Calls whose usage is not known. */
    readonly missingUsageMessages: number
  }
  /** Every day of the period in order; days without calls are 0. */
  readonly usageByDay: readonly {
    /** Day in the zone of the period. */
    readonly date: string
    /** Input tokens. */
    readonly promptTokens: number
    /** Output tokens. */
    readonly completionTokens: number
    /** Input and output tokens. */
    readonly totalTokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly costExact: string
    /** Model calls. */
    readonly messageCount: number
    /** Calls whose cost is not known; they are not in `cost`. */
    readonly unpricedMessages: number
  }[]
  /** Most expensive first; both null for calls without an agent. */
  readonly usageByAgent: readonly {
    readonly agentId: string | null
    readonly agentName: string | null
    /** Input and output tokens. */
    readonly totalTokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly costExact: string
    /** Model calls. */
    readonly messageCount: number
    /** Calls whose cost is not known; they are not in `cost`. */
    readonly unpricedMessages: number
    /** Different conversations of the agent. */
    readonly conversationCount: number
  }[]
  /** Most expensive first; the same model of two providers is two entries. */
  readonly usageByModel: readonly {
    readonly provider: string | null
    readonly model: string | null
    /** Input and output tokens. */
    readonly totalTokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly costExact: string
    /** Model calls. */
    readonly messageCount: number
    /** Calls whose cost is not known; they are not in `cost`. */
    readonly unpricedMessages: number
    readonly avgTokensPerMessage: number | null
  }[]
  /** Most expensive first. */
  readonly topConversations: readonly {
    readonly conversationId: string
    readonly tenantId: string | null
    readonly title: string | null
    /** Input and output tokens. */
    readonly totalTokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly costExact: string
    /** Model calls. */
    readonly messageCount: number
    /** Calls whose cost is not known; they are not in `cost`. */
    readonly unpricedMessages: number
  }[]
  /** Lists that were cut because they are too long; `summary` counts everything all the same. */
  readonly truncated: readonly ('usageByAgent' | 'usageByModel')[]
}

export type BillingSync = {
  /** The same for ever. */
  readonly id: string
  /** The tenant. */
  readonly tenant_id: string
  /** Event name of the meter in Stripe. */
  readonly meter: string
  /** Start of the hour. */
  readonly hour: string
  /** Customer in Stripe; null where the tenant is none. */
  readonly customer: string | null
  /** `pending`: to be sent. `sent`: Stripe took it. `confirmed`: the sum in Stripe is ours. `rejected`: Stripe refused it. `skipped`: the tenant is no customer. `expired`: too old for Stripe. `drift`: the sum in Stripe is another one. */
  readonly state: 'pending' | 'sent' | 'confirmed' | 'rejected' | 'skipped' | 'expired' | 'drift'
  /** What the hour comes to, a whole number. */
  readonly total: string
  /** What Stripe took of it; null where that is not known. */
  readonly sent: string | null
  /** Identifier of the event that Stripe took last. */
  readonly provider_id: string | null
  /** What Stripe said, or why it was not reached. */
  readonly error: string | null
  /** Attempts since Stripe last answered for good. */
  readonly tries: number
  /** When the next attempt is due; null = at once, or never. */
  readonly next_at: string | null
  /** When this last changed. */
  readonly changed_at: string
}

export type BillingSyncs = {
  /** Whether anything is sent. */
  readonly enabled: boolean
  /** When what has changed was looked for last. */
  readonly looked_at: string | null
  /** Why that ended early; null when it did not. */
  readonly error: string | null
  /** Meters of the configuration that cannot be used. */
  readonly faults: readonly {
    /** Event name. */
    readonly meter: string
    /** Why nothing is sent of it. */
    readonly error: string
  }[]
  /** Every state that there is, over all hours. */
  readonly states: readonly {
    readonly state: 'pending' | 'sent' | 'confirmed' | 'rejected' | 'skipped' | 'expired' | 'drift'
    /** How many hours. */
    readonly hours: number
  }[]
  /** Length of the whole list. */
  readonly total: number
  readonly hours: readonly BillingSync[]
}

export type Budget = {
  /** Id of the budget. */
  readonly id: string
  /** Its name. */
  readonly name: string
  /** Its accounts. */
  readonly accounts: readonly BudgetAccount[]
}

export type BudgetAccount = {
  /** Id of the budget. */
  readonly budget: string
  /** Its name. */
  readonly name: string
  /** The meter of the plan that it comes from. */
  readonly plan: string | null
  /** Whom it is for, by dimension. */
  readonly scope: Readonly<Record<string, string>>
  /** `usd`, `tokens`, `credits`, `calls`, `runs` or `meter`. */
  readonly unit: string
  /** Name of the meter, where the unit is one. */
  readonly meter: string | null
  /** What happens at the limit. */
  readonly action: 'block' | 'warn' | 'downgrade' | 'throttle' | 'shadow'
  /** How the account stands. */
  readonly status: 'active' | 'warning' | 'limit_reached' | 'suspended'
  /** Key of the period. */
  readonly period: string
  /** First instant of the period, UTC. */
  readonly period_start: string
  /** First instant of the next one; null where the window rolls. */
  readonly resets_at: string | null
  /** What may be spent; null without a limit. Exact, in `unit`. */
  readonly limit: string | null
  /** What is spent, as far as services have reported. */
  readonly committed: string
  /** What calls under way may still spend. */
  readonly held: string
  /** What services may spend without asking, calls under way included. */
  readonly leased: string
  /** Limit less committed and held. */
  readonly remaining: string | null
  /** Committed of the limit. */
  readonly percent: number | null
  /** What the period before left over; part of the limit. */
  readonly carried_over: string
  /** Seen in telemetry and reported by no service; part of `committed`. */
  readonly unreported: string
}

export type Budgets = {
  /** The accounts. */
  readonly budgets: readonly BudgetAccount[]
}

export type CacheStats = {
  readonly period: Period
  readonly total: {
    /** Input tokens, with cached ones. */
    readonly input_tokens: number
    /** Input tokens that were read from a cache. */
    readonly cache_read_tokens: number
    /** Input tokens that were written to a cache. */
    readonly cache_write_tokens: number
    /** cache_read_tokens / input_tokens; null without input. */
    readonly hit_ratio: number | null
    /** Estimate: what the tokens read would have cost as plain input, minus what they cost. Null without a price. */
    readonly saved_usd: number | null
    /** Estimate: what the tokens written cost more than as plain input. Null without a price. */
    readonly extra_write_usd: number | null
  }
  /** Most expensive first. */
  readonly models: readonly {
    /** Provider. */
    readonly provider: string | null
    /** Model. */
    readonly model: string | null
    /** Input tokens, with cached ones. */
    readonly input_tokens: number
    /** Input tokens that were read from a cache. */
    readonly cache_read_tokens: number
    /** Input tokens that were written to a cache. */
    readonly cache_write_tokens: number
    /** cache_read_tokens / input_tokens; null without input. */
    readonly hit_ratio: number | null
    /** Estimate: what the tokens read would have cost as plain input, minus what they cost. Null without a price. */
    readonly saved_usd: number | null
    /** Estimate: what the tokens written cost more than as plain input. Null without a price. */
    readonly extra_write_usd: number | null
  }[]
}

export type Channel = {
  /** As the configuration calls it. */
  readonly name: string
  /** Kind of receiver. */
  readonly type: string
  /** Since when nothing is sent, UTC; null while it works. */
  readonly disabled_at: string | null
  /** Why. */
  readonly disabled_reason: string | null
  /** Messages that wait, those held back included. */
  readonly pending: number
  /** Messages that were given up. */
  readonly failed: number
}

export type ChannelEnabled = {
  readonly enabled: 'true'
}

export type ChannelTest = {
  /** `retry`: not now. `failed`: never. `disable`: the receiver is gone. */
  readonly outcome: 'delivered' | 'retry' | 'failed' | 'disable'
  /** What the receiver said. */
  readonly reason: string | null
}

export type Channels = {
  readonly channels: readonly Channel[]
}

export type Completeness = {
  readonly period: Period
  readonly total: {
    /** Spans that arrived. */
    readonly spans: number
    /** Those that carry a number; of the others nobody can say whether some are missing. */
    readonly numbered_spans: number
    /** Numbers that had to arrive: up to the highest that did. */
    readonly expected: number
    /** Those of them that did. */
    readonly received: number
    /** expected − received. */
    readonly missing: number
    /** received / expected, 0 to 1; null where nothing is numbered. */
    readonly complete_share: number | null
    /** Spans that arrived again and were left out. */
    readonly duplicates: number
    /** Spans that arrived later than `late_seconds` after their end. */
    readonly late: number
    /** Spans that ended over 5 seconds after they arrived: the clock of the sender is ahead. */
    readonly ahead: number
  }
  /** Those that miss most first. */
  readonly services: readonly {
    /** Tenant of the spans. */
    readonly tenant_id: string | null
    /** Service that sent them. */
    readonly service: string | null
    /** Processes whose numbers arrived. */
    readonly processes: number
    /** Spans that arrived. */
    readonly spans: number
    /** Those that carry a number; of the others nobody can say whether some are missing. */
    readonly numbered_spans: number
    /** Numbers that had to arrive: up to the highest that did. */
    readonly expected: number
    /** Those of them that did. */
    readonly received: number
    /** expected − received. */
    readonly missing: number
    /** received / expected, 0 to 1; null where nothing is numbered. */
    readonly complete_share: number | null
    /** Spans that arrived again and were left out. */
    readonly duplicates: number
    /** Spans that arrived later than `late_seconds` after their end. */
    readonly late: number
    /** Spans that ended over 5 seconds after they arrived: the clock of the sender is ahead. */
    readonly ahead: number
    /** The newest 20 gaps of the process that misses most. */
    readonly gaps: readonly {
      /** `spanmeter.process.id`. */
      readonly process: string
      /** First number that is missing. */
      readonly first: number
      /** Last one. */
      readonly last: number
      /** How many these are. */
      readonly spans: number
    }[]
    /** Seconds from the end of a span until it arrived: the median. */
    readonly lateness_p50_seconds: number | null
    /** Seconds from the end of a span until it arrived: 95th percentile. */
    readonly lateness_p95_seconds: number | null
    /** Seconds from the end of a span until it arrived: 99th percentile. */
    readonly lateness_p99_seconds: number | null
    /** Seconds from the end of a span until it arrived: the latest. */
    readonly lateness_max_seconds: number | null
    /** By how much a clock is ahead at the most, seconds. */
    readonly ahead_max_seconds: number
  }[]
}

export type Decision = {
  /** Id of the decision. */
  readonly id: string
  /** When, UTC by the service's clock. */
  readonly at: string
  /** `blocked`, `downgraded`, `throttled`, `shadow`, `warned` or `degraded`. */
  readonly outcome: string
  /** Why: the last word of the refusal's type. */
  readonly code: string
  /** The budget that decided. */
  readonly budget: string
  /** Who asked, and for what. */
  readonly scope: Readonly<Record<string, string>>
  /** Key of the period; null where the service had none. */
  readonly period: string | null
  /** What the budget counts in. */
  readonly unit: string
  /** What was asked for, in `unit`. */
  readonly requested: string
  /** The limit, in `unit`. */
  readonly limit: string | null
  /** What was spent by all, in `unit`. */
  readonly committed: string | null
  /** What calls under way held, in `unit`. */
  readonly held: string | null
  /** What the service had in hand. */
  readonly lease: {
    /** What the service may spend in the period in all, in `unit`. */
    readonly ceiling: string
    /** What it had spent, in `unit`. */
    readonly settled: string
    /** What its calls under way held, in `unit`. */
    readonly held: string
  } | null
  /** Which prices the amounts in USD are by; null where none was needed. */
  readonly price_version: string | null
  /** The process that decided. */
  readonly instance: string
}

export type Deliveries = {
  /** Length of the whole list. */
  readonly total: number
  readonly deliveries: readonly Delivery[]
}

export type Delivery = {
  /** The same in every attempt; receivers recognise a repetition by it. */
  readonly id: string
  /** Where it goes. */
  readonly channel: string
  /** `failed`: given up. `held`: the channel is switched off. */
  readonly status: 'pending' | 'delivered' | 'failed' | 'held'
  /** Attempts so far. */
  readonly attempts: number
  /** Why the last attempt was not taken. */
  readonly reason: string | null
  /** When it was decided, UTC. */
  readonly created_at: string
  /** The last attempt, UTC. */
  readonly last_at: string | null
  /** When the next attempt is due, UTC. */
  readonly next_at: string | null
  /** Alerts that it tells of. */
  readonly alert_ids: readonly string[]
}

export type ExplainedUsageEvent = {
  readonly event: UsageEvent
  readonly price: PriceExplanation
}

export type Forecast = {
  /** `2026-03`, in the zone. */
  readonly month: string
  /** First instant of the month, UTC. */
  readonly start: string
  /** First instant of the next month, UTC. */
  readonly end: string
  /** IANA zone of the month. */
  readonly timezone: string
  readonly currency: 'USD'
  /** Known cost of the month so far, USD. */
  readonly spent: number
  /** Known cost of the month so far, USD: exact, at most 12 decimals. */
  readonly spent_exact: string
  /** Calls of the month without a known cost: in no number here. */
  readonly unpriced_calls: number
  /** Cost of the whole month, USD; null with less than 14 days of history. */
  readonly expected: number | null
  /** Four of five months end between this and `high`, USD; null with less than 14 tests. */
  readonly low: number | null
  /** See `low`. */
  readonly high: number | null
  /** Median error of the tests as a part of what came; null without tests. */
  readonly typical_error: number | null
  /** Complete days from the first one with a call, at most 180. */
  readonly history_days: number
  /** How often the method could be tried on the history. */
  readonly tests: number
  /** How this is computed. */
  readonly method: string
}

export type Health = {
  /** `healthy`: less than 5 % of the calls failed; `degraded`: less than half; `failing`: half or more; `idle`: no calls. */
  readonly status: 'healthy' | 'degraded' | 'failing' | 'idle'
  /** How far back calls are looked at. */
  readonly window_seconds: number
  readonly collector: {
    readonly status: 'healthy'
    /** Since the collector was started. */
    readonly uptime_seconds: number
  }
  readonly total: {
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** errors / calls. */
    readonly error_ratio: number | null
    /** Errors with a 4xx status other than 429. */
    readonly client_errors: number
    /** Calls that were answered with 429. */
    readonly rate_limited: number
    /** Calls that were answered with 5xx. */
    readonly server_errors: number
    /** Half of the calls took at most this long, to the last byte. */
    readonly latency_p50_seconds: number | null
    /** 95 % of the calls took at most this long. */
    readonly latency_p95_seconds: number | null
    /** 99 % of the calls took at most this long. */
    readonly latency_p99_seconds: number | null
    /** The same to the first chunk, of streams. */
    readonly first_chunk_p50_seconds: number | null
    /** The same to the first chunk, of streams. */
    readonly first_chunk_p95_seconds: number | null
    /** Output tokens by the time that calls took. */
    readonly output_tokens_per_second: number | null
    /** Part of the minutes with calls in which at least one of them succeeded. */
    readonly uptime_ratio: number | null
    /** Known cost by calls without an error, USD. */
    readonly cost_per_success: number | null
    /** Start of the last call, UTC. */
    readonly last_call_at: string | null
  }
  readonly providers: readonly {
    /** Provider of the paid API. */
    readonly provider: string | null
    /** `healthy`: less than 5 % of the calls failed; `degraded`: less than half; `failing`: half or more; `idle`: no calls. */
    readonly status: 'healthy' | 'degraded' | 'failing' | 'idle'
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** errors / calls. */
    readonly error_ratio: number | null
    /** Errors with a 4xx status other than 429. */
    readonly client_errors: number
    /** Calls that were answered with 429. */
    readonly rate_limited: number
    /** Calls that were answered with 5xx. */
    readonly server_errors: number
    /** Half of the calls took at most this long, to the last byte. */
    readonly latency_p50_seconds: number | null
    /** 95 % of the calls took at most this long. */
    readonly latency_p95_seconds: number | null
    /** 99 % of the calls took at most this long. */
    readonly latency_p99_seconds: number | null
    /** The same to the first chunk, of streams. */
    readonly first_chunk_p50_seconds: number | null
    /** The same to the first chunk, of streams. */
    readonly first_chunk_p95_seconds: number | null
    /** Output tokens by the time that calls took. */
    readonly output_tokens_per_second: number | null
    /** Part of the minutes with calls in which at least one of them succeeded. */
    readonly uptime_ratio: number | null
    /** Known cost by calls without an error, USD. */
    readonly cost_per_success: number | null
    /** Start of the last call, UTC. */
    readonly last_call_at: string | null
  }[]
}

export type Insights = {
  readonly period: Period
  readonly cache: {
    readonly total: {
      /** Input tokens, with cached ones. */
      readonly input_tokens: number
      /** Input tokens that were read from a cache. */
      readonly cache_read_tokens: number
      /** Input tokens that were written to a cache. */
      readonly cache_write_tokens: number
      /** cache_read_tokens / input_tokens; null without input. */
      readonly hit_ratio: number | null
      /** Estimate: what the tokens read would have cost as plain input, minus what they cost. Null without a price. */
      readonly saved_usd: number | null
      /** Estimate: what the tokens written cost more than as plain input. Null without a price. */
      readonly extra_write_usd: number | null
    }
    readonly models: readonly {
      /** Provider. */
      readonly provider: string | null
      /** Model. */
      readonly model: string | null
      /** Input tokens, with cached ones. */
      readonly input_tokens: number
      /** Input tokens that were read from a cache. */
      readonly cache_read_tokens: number
      /** Input tokens that were written to a cache. */
      readonly cache_write_tokens: number
      /** cache_read_tokens / input_tokens; null without input. */
      readonly hit_ratio: number | null
      /** Estimate: what the tokens read would have cost as plain input, minus what they cost. Null without a price. */
      readonly saved_usd: number | null
      /** Estimate: what the tokens written cost more than as plain input. Null without a price. */
      readonly extra_write_usd: number | null
    }[]
  }
  readonly retries: {
    /** Calls that ended in an error. */
    readonly failed_calls: number
    /** What they cost all the same, USD: exact, at most 12 decimals. */
    readonly failed_cost_exact: string
    /** Their tokens. */
    readonly failed_tokens: number
    /** How long they took. */
    readonly failed_seconds: number
    /** Calls after a failed one of the same model under the same parent span. */
    readonly retries: number
    /** Pieces of work in which a call failed and a later one did not. */
    readonly recovered: number
  }
  readonly providers: readonly {
    /** Provider. */
    readonly provider: string | null
    /** Calls without an error. */
    readonly successful_calls: number
    /** Known cost by successful calls, USD; null without any. */
    readonly cost_per_success: number | null
    /** errors / calls. */
    readonly error_ratio: number | null
  }[]
  /** For the most expensive models: the same tokens at other models of this period. Another model may need other tokens for the same work, and do it worse. */
  readonly what_if: readonly {
    /** Provider. */
    readonly provider: string
    /** Model. */
    readonly model: string
    /** Its calls. */
    readonly calls: number
    /** Its tokens at list prices, USD: what the others are compared with. */
    readonly estimated_cost: number
    readonly cheaper: readonly {
      /** Provider. */
      readonly provider: string
      /** Another model of this period. */
      readonly model: string
      /** Estimate: the same tokens at its list prices, USD. */
      readonly estimated_cost: number
      /** Estimate: how much less that is, USD. */
      readonly estimated_saving: number
    }[]
  }[]
  /** All 168 hours of a week in the zone; they sum to the total. */
  readonly heat_map: readonly {
    /** 1 is Monday. */
    readonly weekday: number
    /** Hour that clocks of the zone show. */
    readonly hour: number
    /** Calls. */
    readonly calls: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
  }[]
}

export type LightStats = {
  readonly period: Period
  /** Calls to paid APIs. */
  readonly calls: number
  /** Calls that ended in an error. */
  readonly errors: number
  /** errors / calls. */
  readonly error_ratio: number | null
  /** Input and output tokens. */
  readonly total_tokens: number
  /** Sum of the known costs, USD: the nearest double. */
  readonly cost: number
  /** The same, exact. */
  readonly cost_exact: string
  /** Calls without a known cost. */
  readonly unpriced_calls: number
}

export type LimitsCheck = {
  /** No budget that blocks is in the way. */
  readonly allowed: boolean
  /** Of the tightest budget. */
  readonly status: 'active' | 'warning' | 'limit_reached' | 'suspended'
  /** Why. */
  readonly detail: string
  /** Of the tightest budget; null without a limit. */
  readonly remaining: string | null
  /** When the tightest budget begins anew; null without one. */
  readonly resets_at: string | null
  /** Budgets that it counts in. */
  readonly budgets: readonly BudgetAccount[]
}

export type Meters = {
  readonly period: Period
  readonly currency: 'USD'
  readonly total: {
    /** Calls and meter records. */
    readonly events: number
    /** Sum of the known costs, USD. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Records without a known cost. */
    readonly unpriced: number
  }
  /** Most expensive first. */
  readonly meters: readonly {
    /** Meter; calls that name none are `ai_query`. */
    readonly meter: string
    /** What is counted. */
    readonly unit: string | null
    /** Records. */
    readonly events: number
    /** Sum of the quantities. */
    readonly quantity_exact: string
    /** Largest quantity: for meters that are a level, such as storage. */
    readonly max_quantity_exact: string
    /** Newest quantity: for meters that are a level. */
    readonly last_quantity_exact: string
    /** Sum of the known costs, USD. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Part of the total, 0 to 1. */
    readonly cost_share: number | null
    /** Records without a known cost. */
    readonly unpriced: number
  }[]
  readonly days: readonly {
    /** Day in the zone. */
    readonly date: string
    /** Records. */
    readonly events: number
    /** Sum of the known costs, USD. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Meter → exact cost, USD. */
    readonly by_meter: Readonly<Record<string, string>>
  }[]
}

export type NewSilence = {
  /** `rule`, `severity` or a label of the subject, and its value; all must fit. */
  readonly match: Readonly<Record<string, string>>
  /** How long, from now on. */
  readonly minutes: number
  /** Why. */
  readonly comment?: string
}

export type Period = {
  readonly name: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
  /** First instant, UTC. */
  readonly start: string
  /** First instant after the period, UTC. */
  readonly end: string
  /** IANA zone of the days. */
  readonly timezone: string
}

export type PlanComparison = {
  /** The tenant. */
  readonly tenant_id: string
  /** First days of the months. */
  readonly months: readonly string[]
  /** Every plan. */
  readonly plans: readonly {
    /** Id of the plan. */
    readonly plan: string
    /** Its name. */
    readonly name: string
    /** The tenant is on it. */
    readonly current: boolean
    /** All months, price included, USD: exact, at most 12 decimals. */
    readonly total_exact: string
    /** A hard limit would have refused something. */
    readonly refuses: boolean
    /** Month by month. */
    readonly months: readonly {
      /** First day of the month. */
      readonly month: string
      /** The month, price included, USD: exact, at most 12 decimals. */
      readonly total_exact: string
      /** What it is made of. */
      readonly meters: readonly {
        /** What is counted. */
        readonly meter: string
        /** How much was used. */
        readonly quantity: string
        /** In the price. */
        readonly included: string
        /** Beyond that, as far as the plan serves it. */
        readonly overage: string
        /** USD for one of it. */
        readonly overage_unit_price: string
        /** What that comes to, USD: exact, at most 12 decimals. */
        readonly charge_exact: string
        /** What its hard limit would have refused. */
        readonly refused: string
      }[]
    }[]
  }[]
  /** Cheapest plan that refuses nothing; null without one. */
  readonly cheapest: string | null
}

export type Plans = {
  /** The plans. */
  readonly plans: readonly {
    /** Id of the plan. */
    readonly id: string
    /** Its name. */
    readonly name: string
    /** Tenants without a subscription are on it. */
    readonly default: boolean
    /** A month of it, USD: exact, at most 12 decimals. */
    readonly price_exact: string
    /** What it counts. */
    readonly meters: readonly {
      /** What is counted. */
      readonly meter: string
      /** How much of it is in the price. */
      readonly included: string
      /** Where it ends; null where more is billed. */
      readonly hard_limit: string | null
      /** One beyond what is included, USD: exact, at most 12 decimals. */
      readonly overage_unit_price_exact: string
    }[]
  }[]
}

export type PriceExplanation = {
  /** `explained`: the parts sum to the cost. `billed_by_provider`: the provider said what it bills; the parts are list prices beside it. `differs`: the parts sum to something else. `unexplained`: there is a cost, but the book has no price. `unpriced`: there is no cost. */
  readonly state: 'explained' | 'billed_by_provider' | 'differs' | 'unexplained' | 'unpriced'
  /** The same in a sentence. */
  readonly detail: string
  /** The stored cost, USD: exact, at most 12 decimals. */
  readonly cost_exact: string | null
  /** `provider`, `local`, `collector` or `reported`; null without a cost. */
  readonly cost_source: string | null
  /** Version of the prices that rated the call. */
  readonly price_version: string | null
  /** Where the unit prices are from; null where the book has none. */
  readonly book: {
    /** Version of the prices used here. */
    readonly version: string
    /** Provider in the price book. */
    readonly provider: string
    /** Model in the price book. */
    readonly model: string
    /** What the tier does to list prices, as a fraction: `1/2` is half price. */
    readonly factor: string
  } | null
  readonly parts: readonly {
    /** The token bucket, or `web_searches` and `requests`. */
    readonly billed: string
    /** Tokens or pieces. */
    readonly quantity: number
    /** USD for one of them, after the factor: exact. */
    readonly unit_price_exact: string
    /** quantity × unit price, USD: exact, not rounded. */
    readonly cost_exact: string
  }[]
  /** Sum of the parts, rounded once to 12 decimals, USD: exact, at most 12 decimals. */
  readonly parts_total_exact: string | null
  /** Stored cost minus the parts, USD: exact, at most 12 decimals. */
  readonly difference_exact: string | null
}

export type Pricing = {
  /** Provider in the price book. */
  readonly provider: string
  /** The model that was asked for. */
  readonly model: string
  /** The entry of the book that it is. */
  readonly matched_model: string
  /** Version of the prices. */
  readonly price_version: string
  /** When they hold, UTC. */
  readonly at: string
  readonly currency: 'USD'
  readonly prices: readonly {
    /** The token bucket, or `web_searches` and `requests`. */
    readonly billed: string
    readonly unit: 'token' | 'piece'
    /** USD for one: exact. */
    readonly unit_price_exact: string
    /** USD for a million of them. */
    readonly price_per_million: number
    /** Other prices for calls with long inputs. */
    readonly tiers: readonly {
      /** Holds for the whole call above this. */
      readonly above_input_tokens: number
      /** USD for one: exact. */
      readonly unit_price_exact: string
    }[]
  }[]
}

export type Problem = {
  /** Identifies the kind of problem. */
  readonly type: string
  /** The kind of problem in words; the same for every occurrence. */
  readonly title: string
  /** The HTTP status. */
  readonly status: number
  /** What happened here, and what to do. */
  readonly detail: string
  /** Every fault of the query. */
  readonly errors?: readonly {
    /** The query parameter. */
    readonly name: string
    /** What is wrong with it. */
    readonly detail: string
  }[]
}

export type Quality = {
  readonly period: Period
  /** Calls to paid APIs. */
  readonly calls: number
  /** Calls that the provider refused without usage: nothing to bill. */
  readonly failed_calls: number
  /** calls − failed_calls. */
  readonly billable_calls: number
  readonly unpriced: {
    /** Calls that cost something nobody could rate. */
    readonly calls: number
    /** Part of `billable_calls`, 0 to 1; null without calls. */
    readonly share: number | null
  }
  readonly missing: {
    /** Calls whose usage is not known. */
    readonly calls: number
    /** Part of `billable_calls`, 0 to 1; null without calls. */
    readonly share: number | null
  }
  readonly estimated: {
    /** Calls whose usage was estimated. */
    readonly calls: number
    /** Part of `billable_calls`, 0 to 1; null without calls. */
    readonly share: number | null
  }
  readonly billed_by_provider: {
    /** Calls whose cost is what the provider said it bills. */
    readonly calls: number
    /** Part of `billable_calls`, 0 to 1; null without calls. */
    readonly share: number | null
  }
  /** Part of `billable_calls` with a cost, 0 to 1; null without calls. */
  readonly complete_share: number | null
  readonly unattributed: readonly {
    readonly attribute: 'tenant_id' | 'user_id' | 'agent_id' | 'conversation_id' | 'feature' | 'service' | 'environment'
    /** Calls without it. */
    readonly calls: number
    /** Part of `billable_calls` without it, 0 to 1; null without calls. */
    readonly share: number | null
    /** Cost of the calls without it, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Part of the cost without it, 0 to 1; null without calls. */
    readonly cost_share: number | null
  }[]
}

export type Run = {
  /** Run; an id belongs to its tenant. */
  readonly run_id: string
  /** Tenant. */
  readonly tenant_id: string | null
  /** End user. */
  readonly user_id: string | null
  /** Name of the run. */
  readonly name: string | null
  /** `running`, `success`, `failed` or `cancelled`, as its spans say; null when none does. */
  readonly status: string | null
  /** Start of its first span in the period, UTC. */
  readonly started_at: string
  /** End of its last span, UTC; null while it is not over. */
  readonly completed_at: string | null
  /** From its first span to the end of its last one. */
  readonly duration_seconds: number
  /** Calls to paid APIs. */
  readonly calls: number
  /** Calls that ended in an error. */
  readonly errors: number
  /** Input and output tokens. */
  readonly total_tokens: number
  /** Sum of the known costs, USD: the nearest double. */
  readonly cost: number
  /** Sum of the known costs, USD: exact, at most 12 decimals. */
  readonly cost_exact: string
  /** Calls without a known cost. */
  readonly unpriced_calls: number
  /** Models that answered, at most 20. */
  readonly models: readonly string[]
  /** Class of its last error. */
  readonly error_type: string | null
}

export type RunWithCalls = {
  readonly run: Run
  /** Its first 200 calls, in order. */
  readonly calls: readonly UsageEvent[]
  /** The rest: `/api/v1/usage/events?run_id=`. */
  readonly has_more_calls: boolean
}

export type Runs = {
  readonly period: Period
  /** Newest first. */
  readonly runs: readonly Run[]
  /** Whether more follow after `offset` + `limit`. */
  readonly has_more: boolean
}

export type RunsUsage = {
  readonly monthlyUsage: {
    /** The user that was asked for, where it is one. */
    readonly user_id: string | null
    /** `2026-03`, in the zone. */
    readonly month: string
    /** Runs of the month. */
    readonly total_runs: number
    /** With status `success`. */
    readonly successful_runs: number
    /** With status `failed`. */
    readonly failed_runs: number
    /** With status `cancelled`. */
    readonly cancelled_runs: number
    /** With status `running`. */
    readonly running_runs: number
    /** Tokens of the calls of all runs. */
    readonly total_tokens: number
    /** Known cost of the calls of all runs, USD. */
    readonly total_cost_usd: number
    /** Known cost of the calls of all runs, USD: exact, at most 12 decimals. */
    readonly total_cost_exact: string
    /** Calls without a known cost. */
    readonly unpriced_calls: number
    /** Start of the newest run, UTC. */
    readonly last_run_at: string | null
  }
  /** Whether fewer runs succeeded than `monthlyLimit`; null without `monthly_limit`. */
  readonly canRunMore: boolean | null
  /** The limit that was asked with. */
  readonly monthlyLimit: number | null
  /** Successful runs that are left. */
  readonly remaining: number | null
  /** First instant of the next month, UTC. */
  readonly resetsAt: string
  /** `warning` from 80 % of the limit on; null without `monthly_limit`. */
  readonly status: 'active' | 'warning' | 'limit_reached' | null
}

export type Silence = {
  /** Identifies the silence. */
  readonly id: string
  /** `rule`, `severity` or a label of the subject, and its value. */
  readonly match: Readonly<Record<string, string>>
  /** Beginning, UTC. */
  readonly from: string
  /** End, UTC. */
  readonly until: string
  /** Why. */
  readonly comment: string
}

export type Silences = {
  readonly silences: readonly Silence[]
}

export type Statement = {
  /** Tenant and first day: the same for ever. */
  readonly statement_id: string
  /** The tenant. */
  readonly tenant_id: string
  /** Id of its plan; null where it has none. */
  readonly plan: string | null
  /** Name of its plan. */
  readonly plan_name: string | null
  /** `closed` from `closes_at` on. */
  readonly status: 'open' | 'closed'
  /** First instant of the period. */
  readonly start: string
  /** First instant after it. */
  readonly end: string
  /** Zone of the subscription, in which the period begins at midnight. */
  readonly timezone: string
  /** What arrives later is an adjustment: a day after the end. */
  readonly closes_at: string
  /** false where calls of the period are no longer stored, so that the numbers are too low. */
  readonly complete: boolean
  /** What was used. */
  readonly usage: {
    /** Calls to paid APIs, without refused ones. */
    readonly calls: number
    /** Their tokens. */
    readonly tokens: number
    /** What providers asked for it, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
  }
  /** Price of the plan for a month, USD: exact, at most 12 decimals. */
  readonly price_exact: string
  /** What the plan counts, and what it comes to. */
  readonly meters: readonly {
    /** What is counted. */
    readonly meter: string
    /** How much was used. */
    readonly quantity: string
    /** In the price. */
    readonly included: string
    /** Beyond that, as far as the plan serves it. */
    readonly overage: string
    /** USD for one of it. */
    readonly overage_unit_price: string
    /** What that comes to, USD: exact, at most 12 decimals. */
    readonly charge_exact: string
    /** What its hard limit would have refused. */
    readonly refused: string
  }[]
  /** Price and everything beyond what is included, USD: exact, at most 12 decimals. */
  readonly total_exact: string
  /** What has changed since it was closed; zeros while it is open. */
  readonly adjustment: {
    /** Calls that arrived after it was closed. */
    readonly calls: number
    /** Their tokens. */
    readonly tokens: number
    /** By how much the cost has changed, also because calls were rated anew, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** By how much the total has changed, USD: exact, at most 12 decimals. */
    readonly total_exact: string
  }
  /** Total and adjustment, USD: exact, at most 12 decimals. */
  readonly balance_exact: string
}

export type Statements = {
  readonly statements: readonly Statement[]
  /** Whether another page follows. */
  readonly has_more: boolean
  /** `cursor` of the next page; null at the end. */
  readonly next_cursor: string | null
}

export type Stats = {
  readonly period: Period
  readonly total: {
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** errors / calls. */
    readonly error_ratio: number | null
    /** Errors with a 4xx status other than 429. */
    readonly client_errors: number
    /** Calls that were answered with 429. */
    readonly rate_limited: number
    /** Calls that were answered with 5xx. */
    readonly server_errors: number
    /** Half of the calls took at most this long, to the last byte. */
    readonly latency_p50_seconds: number | null
    /** 95 % of the calls took at most this long. */
    readonly latency_p95_seconds: number | null
    /** 99 % of the calls took at most this long. */
    readonly latency_p99_seconds: number | null
    /** The same to the first chunk, of streams. */
    readonly first_chunk_p50_seconds: number | null
    /** The same to the first chunk, of streams. */
    readonly first_chunk_p95_seconds: number | null
    /** Output tokens by the time that calls took. */
    readonly output_tokens_per_second: number | null
    /** Part of the minutes with calls in which at least one of them succeeded. */
    readonly uptime_ratio: number | null
    /** Known cost by calls without an error, USD. */
    readonly cost_per_success: number | null
    /** Start of the last call, UTC. */
    readonly last_call_at: string | null
  }
  /** Most calls first. */
  readonly providers: readonly {
    /** Provider of the paid API. */
    readonly provider: string | null
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** errors / calls. */
    readonly error_ratio: number | null
    /** Errors with a 4xx status other than 429. */
    readonly client_errors: number
    /** Calls that were answered with 429. */
    readonly rate_limited: number
    /** Calls that were answered with 5xx. */
    readonly server_errors: number
    /** Half of the calls took at most this long, to the last byte. */
    readonly latency_p50_seconds: number | null
    /** 95 % of the calls took at most this long. */
    readonly latency_p95_seconds: number | null
    /** 99 % of the calls took at most this long. */
    readonly latency_p99_seconds: number | null
    /** The same to the first chunk, of streams. */
    readonly first_chunk_p50_seconds: number | null
    /** The same to the first chunk, of streams. */
    readonly first_chunk_p95_seconds: number | null
    /** Output tokens by the time that calls took. */
    readonly output_tokens_per_second: number | null
    /** Part of the minutes with calls in which at least one of them succeeded. */
    readonly uptime_ratio: number | null
    /** Known cost by calls without an error, USD. */
    readonly cost_per_success: number | null
    /** Start of the last call, UTC. */
    readonly last_call_at: string | null
  }[]
}

export type TenantDashboard = {
  /** The tenant. */
  readonly tenant_id: string
  readonly summary: UsageSummary
  readonly series: UsageSeries
  readonly breakdowns: {
    readonly provider: UsageBreakdown
    readonly model: UsageBreakdown
    readonly feature: UsageBreakdown
    readonly user: UsageBreakdown
  }
  readonly forecast: Forecast
}

export type TenantOverview = {
  /** The tenant. */
  readonly tenant_id: string
  readonly meters: Meters
}

export type UnpricedModels = {
  readonly period: Period
  /** Most tokens first. */
  readonly models: readonly {
    /** Provider of the paid API. */
    readonly provider: string | null
    /** Model that answered, or was asked for. */
    readonly model: string | null
    /** Why there is no cost: `unknown_model`, `missing_usage` or `unpriced_usage`. */
    readonly reason: string
    /** Calls. */
    readonly calls: number
    /** Input tokens of these calls. */
    readonly input_tokens: number
    /** Output tokens of these calls. */
    readonly output_tokens: number
    /** First such call of the period, UTC. */
    readonly first_seen: string
    /** Last such call of the period, UTC. */
    readonly last_seen: string
  }[]
}

export type UsageBreakdown = {
  readonly period: Period
  readonly currency: 'USD'
  readonly by: 'provider' | 'model' | 'operation' | 'tenant' | 'user' | 'agent' | 'conversation' | 'run' | 'feature' | 'service' | 'environment' | 'meter'
  /** False when the period has no call. */
  readonly has_data: boolean
  readonly total: {
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** Input tokens, with cached ones. */
    readonly input_tokens: number
    /** Output tokens, with reasoning. */
    readonly output_tokens: number
    /** Input and output tokens. */
    readonly total_tokens: number
    /** Input tokens read from a cache; part of `input_tokens`. */
    readonly cache_read_tokens: number
    /** Input tokens written to a cache; part of `input_tokens`. */
    readonly cache_write_tokens: number
    /** Reasoning tokens; part of `output_tokens`. */
    readonly reasoning_tokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Calls that cost something nobody could rate; they are not in `cost`. */
    readonly unpriced_calls: number
    /** Calls that the provider refused without usage: nothing to bill. */
    readonly failed_calls: number
    /** Calls whose usage was estimated. */
    readonly estimated_calls: number
    /** Calls whose usage is not known. */
    readonly missing_calls: number
  }
  /** Largest first; "other", where there is one, at the end. */
  readonly entries: readonly {
    /** Filters that ask for this entry alone; null values are calls without the attribute (`__none__`). Null for "other". */
    readonly key: Readonly<Record<string, string | null>> | null
    /** For people. Null where the calls have no value. */
    readonly name: string | null
    /** True for the entry that is everything beyond `limit`. */
    readonly other: boolean
    /** How many entries this one stands for: 1, or more for "other". */
    readonly members: number
    /** Part of the total cost, 0 to 1. */
    readonly cost_share: number | null
    /** Part of all calls, 0 to 1. */
    readonly calls_share: number | null
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** Input tokens, with cached ones. */
    readonly input_tokens: number
    /** Output tokens, with reasoning. */
    readonly output_tokens: number
    /** Input and output tokens. */
    readonly total_tokens: number
    /** Input tokens read from a cache; part of `input_tokens`. */
    readonly cache_read_tokens: number
    /** Input tokens written to a cache; part of `input_tokens`. */
    readonly cache_write_tokens: number
    /** Reasoning tokens; part of `output_tokens`. */
    readonly reasoning_tokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Calls that cost something nobody could rate; they are not in `cost`. */
    readonly unpriced_calls: number
    /** Calls that the provider refused without usage: nothing to bill. */
    readonly failed_calls: number
    /** Calls whose usage was estimated. */
    readonly estimated_calls: number
    /** Calls whose usage is not known. */
    readonly missing_calls: number
  }[]
}

export type UsageEvent = {
  /** Trace and span id: the same for ever, also after a replay. */
  readonly event_id: string
  /** 32 hex digits. */
  readonly trace_id: string
  /** 16 hex digits. */
  readonly span_id: string
  /** Start of the call, UTC, nanoseconds. */
  readonly timestamp: string
  /** Until the last byte of the answer. */
  readonly duration_seconds: number
  /** Streams only. */
  readonly time_to_first_chunk_seconds: number | null
  /** Whether the answer was a stream. */
  readonly stream: boolean
  /** Status of the span; unset is a success. */
  readonly status: 'unset' | 'ok' | 'error'
  /** HTTP status of the answer. */
  readonly http_status_code: number | null
  /** Span in which the call was made, 16 hex digits. */
  readonly parent_span_id: string | null
  /** Id that the provider gave the answer. */
  readonly response_id: string | null
  /** Id by which the provider's support finds the call. */
  readonly request_id: string | null
  /** Service that made the call. */
  readonly service: string | null
  /** Deployment environment. */
  readonly environment: string | null
  /** Tenant on whose behalf the call was made. */
  readonly tenant_id: string | null
  /** End user. */
  readonly user_id: string | null
  /** Agent. */
  readonly agent_id: string | null
  /** Name of the agent. */
  readonly agent_name: string | null
  /** Conversation. */
  readonly conversation_id: string | null
  /** Title of the conversation. */
  readonly conversation_title: string | null
  /** Feature of the product. */
  readonly feature: string | null
  /** Run. */
  readonly run_id: string | null
  /** Name of the run. */
  readonly run_name: string | null
  /** Status of the run. */
  readonly run_status: string | null
  /** Provider of the paid API. */
  readonly provider: string | null
  /** What was asked for: chat, embeddings, … */
  readonly operation: string | null
  /** Model that was asked for. */
  readonly request_model: string | null
  /** Model that answered, as the provider names it. */
  readonly response_model: string | null
  /** Model that answered, or the requested one where none is named. */
  readonly model: string | null
  /** Host that was called. */
  readonly server_address: string | null
  /** Tier that the provider says it billed. */
  readonly service_tier: string | null
  /** Why the output ended. */
  readonly finish_reason: string | null
  /** Class of the error. */
  readonly error_type: string | null
  /** `provider` as reported, `estimated` from sizes, `missing` when unknown. */
  readonly usage_source: string | null
  /** `provider`: in the answer. `local`: rated where the call was made. `collector`: rated on arrival. `reported`: said by another tool, where the price book has no price. */
  readonly cost_source: string | null
  /** Why the cost is not known; null when it is. */
  readonly unpriced_reason: string | null
  /** Version of the prices that rated the call. */
  readonly price_version: string | null
  /** Sum of the input buckets. */
  readonly input_tokens: number
  /** Sum of the output buckets. */
  readonly output_tokens: number
  /** Sum of all buckets. */
  readonly total_tokens: number
  /** Input that was neither read from nor written to a cache. */
  readonly input_uncached_tokens: number
  /** Input read from a cache. */
  readonly cache_read_tokens: number
  /** Input written to a cache for 5 minutes. */
  readonly cache_write_5m_tokens: number
  /** Input written to a cache for 1 hour. */
  readonly cache_write_1h_tokens: number
  /** Input written to a cache for another time. */
  readonly cache_write_other_tokens: number
  /** Audio input. */
  readonly input_audio_tokens: number
  /** Image input. */
  readonly input_image_tokens: number
  /** Text output. */
  readonly output_text_tokens: number
  /** Reasoning output. */
  readonly reasoning_tokens: number
  /** Audio output. */
  readonly output_audio_tokens: number
  /** Image output. */
  readonly output_image_tokens: number
  /** Cost, USD: the nearest double; null when not known. */
  readonly cost: number | null
  /** Cost, USD: exact, at most 12 decimals; null when not known. */
  readonly cost_exact: string | null
  readonly currency: 'USD'
  /** Credits spent on models: exact; null where the cost is not known. */
  readonly credits_ai: string | null
  /** Credits spent on other work: exact; null where the cost is not known. */
  readonly credits_compute: string | null
  /** Credits spent on what is kept: exact; null where the cost is not known. */
  readonly credits_storage: string | null
  /** How far Stripe knows of the hour of the call; null where nothing of it is sent, absent where nothing is sent at all. */
  readonly sync?: {
    /** As `/api/v1/billing/sync` has it. */
    readonly state: 'pending' | 'sent' | 'confirmed' | 'rejected' | 'skipped' | 'expired' | 'drift'
    /** Identifier of the event that Stripe took. */
    readonly provider_id: string | null
    /** What Stripe said against it. */
    readonly error: string | null
  } | null
}

export type UsageEvents = {
  readonly period: Period
  readonly events: readonly UsageEvent[]
  /** Whether another page follows. */
  readonly has_more: boolean
  /** `cursor` of the next page; null at the end. */
  readonly next_cursor: string | null
}

export type UsageSeries = {
  readonly period: Period
  readonly currency: 'USD'
  readonly interval: 'minute' | 'hour' | 'day' | 'week' | 'month'
  readonly by: 'provider' | 'model' | 'operation' | 'tenant' | 'user' | 'agent' | 'conversation' | 'run' | 'feature' | 'service' | 'environment' | 'meter' | null
  /** False when the period has no call. */
  readonly has_data: boolean
  readonly total: {
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** Input tokens, with cached ones. */
    readonly input_tokens: number
    /** Output tokens, with reasoning. */
    readonly output_tokens: number
    /** Input and output tokens. */
    readonly total_tokens: number
    /** Input tokens read from a cache; part of `input_tokens`. */
    readonly cache_read_tokens: number
    /** Input tokens written to a cache; part of `input_tokens`. */
    readonly cache_write_tokens: number
    /** Reasoning tokens; part of `output_tokens`. */
    readonly reasoning_tokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Calls that cost something nobody could rate; they are not in `cost`. */
    readonly unpriced_calls: number
    /** Calls that the provider refused without usage: nothing to bill. */
    readonly failed_calls: number
    /** Calls whose usage was estimated. */
    readonly estimated_calls: number
    /** Calls whose usage is not known. */
    readonly missing_calls: number
  }
  /** One entry without `by`; else the largest ones and, at the end, "other". */
  readonly series: readonly {
    /** Filters that ask for this entry alone; null values are calls without the attribute (`__none__`). Null for "other". */
    readonly key: Readonly<Record<string, string | null>> | null
    /** For people. Null where the calls have no value. */
    readonly name: string | null
    /** True for the entry that is everything beyond `limit`. */
    readonly other: boolean
    readonly total: {
      /** Calls to paid APIs. */
      readonly calls: number
      /** Calls that ended in an error. */
      readonly errors: number
      /** Input tokens, with cached ones. */
      readonly input_tokens: number
      /** Output tokens, with reasoning. */
      readonly output_tokens: number
      /** Input and output tokens. */
      readonly total_tokens: number
      /** Input tokens read from a cache; part of `input_tokens`. */
      readonly cache_read_tokens: number
      /** Input tokens written to a cache; part of `input_tokens`. */
      readonly cache_write_tokens: number
      /** Reasoning tokens; part of `output_tokens`. */
      readonly reasoning_tokens: number
      /** Sum of the known costs, USD: the nearest double. */
      readonly cost: number
      /** Sum of the known costs, USD: exact, at most 12 decimals. */
      readonly cost_exact: string
      /** Calls that cost something nobody could rate; they are not in `cost`. */
      readonly unpriced_calls: number
      /** Calls that the provider refused without usage: nothing to bill. */
      readonly failed_calls: number
      /** Calls whose usage was estimated. */
      readonly estimated_calls: number
      /** Calls whose usage is not known. */
      readonly missing_calls: number
    }
    readonly points: readonly {
      /** First instant of the bucket, UTC. */
      readonly start: string
      /** The bucket in the zone of the period: `2026-03`, `2026-03-01`, or a time with its offset. */
      readonly label: string
      /** Calls to paid APIs. */
      readonly calls: number
      /** Calls that ended in an error. */
      readonly errors: number
      /** Input tokens, with cached ones. */
      readonly input_tokens: number
      /** Output tokens, with reasoning. */
      readonly output_tokens: number
      /** Input and output tokens. */
      readonly total_tokens: number
      /** Input tokens read from a cache; part of `input_tokens`. */
      readonly cache_read_tokens: number
      /** Input tokens written to a cache; part of `input_tokens`. */
      readonly cache_write_tokens: number
      /** Reasoning tokens; part of `output_tokens`. */
      readonly reasoning_tokens: number
      /** Sum of the known costs, USD: the nearest double. */
      readonly cost: number
      /** Sum of the known costs, USD: exact, at most 12 decimals. */
      readonly cost_exact: string
      /** Calls that cost something nobody could rate; they are not in `cost`. */
      readonly unpriced_calls: number
      /** Calls that the provider refused without usage: nothing to bill. */
      readonly failed_calls: number
      /** Calls whose usage was estimated. */
      readonly estimated_calls: number
      /** Calls whose usage is not known. */
      readonly missing_calls: number
    }[]
  }[]
}

export type UsageSummary = {
  readonly period: Period
  readonly currency: 'USD'
  /** False when the period has no call. */
  readonly has_data: boolean
  readonly total: {
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** Input tokens, with cached ones. */
    readonly input_tokens: number
    /** Output tokens, with reasoning. */
    readonly output_tokens: number
    /** Input and output tokens. */
    readonly total_tokens: number
    /** Input tokens read from a cache; part of `input_tokens`. */
    readonly cache_read_tokens: number
    /** Input tokens written to a cache; part of `input_tokens`. */
    readonly cache_write_tokens: number
    /** Reasoning tokens; part of `output_tokens`. */
    readonly reasoning_tokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Calls that cost something nobody could rate; they are not in `cost`. */
    readonly unpriced_calls: number
    /** Calls that the provider refused without usage: nothing to bill. */
    readonly failed_calls: number
    /** Calls whose usage was estimated. */
    readonly estimated_calls: number
    /** Calls whose usage is not known. */
    readonly missing_calls: number
    /** Cost of a call in the mean, USD: exact, at most 12 decimals. */
    readonly cost_per_call_exact: string | null
    /** errors / calls; null without calls. */
    readonly error_ratio: number | null
  }
  readonly previous: {
    /** First instant of the range before, UTC. */
    readonly start: string
    /** First instant after it, UTC. */
    readonly end: string
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** Input tokens, with cached ones. */
    readonly input_tokens: number
    /** Output tokens, with reasoning. */
    readonly output_tokens: number
    /** Input and output tokens. */
    readonly total_tokens: number
    /** Input tokens read from a cache; part of `input_tokens`. */
    readonly cache_read_tokens: number
    /** Input tokens written to a cache; part of `input_tokens`. */
    readonly cache_write_tokens: number
    /** Reasoning tokens; part of `output_tokens`. */
    readonly reasoning_tokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Calls that cost something nobody could rate; they are not in `cost`. */
    readonly unpriced_calls: number
    /** Calls that the provider refused without usage: nothing to bill. */
    readonly failed_calls: number
    /** Calls whose usage was estimated. */
    readonly estimated_calls: number
    /** Calls whose usage is not known. */
    readonly missing_calls: number
  }
  readonly change: {
    readonly cost: {
      /** This period minus the previous one. */
      readonly absolute: number
      /** `absolute` as a part of the previous value: 0.25 is a quarter more. Null after nothing. */
      readonly ratio: number | null
      /** `absolute`, USD: exact, at most 12 decimals. */
      readonly absolute_exact: string
    }
    readonly calls: {
      /** This period minus the previous one. */
      readonly absolute: number
      /** `absolute` as a part of the previous value: 0.25 is a quarter more. Null after nothing. */
      readonly ratio: number | null
    }
    readonly total_tokens: {
      /** This period minus the previous one. */
      readonly absolute: number
      /** `absolute` as a part of the previous value: 0.25 is a quarter more. Null after nothing. */
      readonly ratio: number | null
    }
    readonly errors: {
      /** This period minus the previous one. */
      readonly absolute: number
      /** `absolute` as a part of the previous value: 0.25 is a quarter more. Null after nothing. */
      readonly ratio: number | null
    }
  }
}

export type UsageTrends = {
  readonly range: '3m' | '6m' | '12m'
  readonly metric: 'cost' | 'calls' | 'tokens'
  /** IANA zone of the months. */
  readonly timezone: string
  readonly currency: 'USD'
  readonly months: readonly {
    /** `2026-03`, in the zone. */
    readonly month: string
    /** First instant, UTC. */
    readonly start: string
    /** False for the month that is still running. */
    readonly complete: boolean
    /** The metric: USD, calls or tokens. */
    readonly value: number
    /** Change of the metric against the month before: 0.25 is a quarter more. Null after nothing and while the month runs. */
    readonly change_ratio: number | null
    /** Calls to paid APIs. */
    readonly calls: number
    /** Calls that ended in an error. */
    readonly errors: number
    /** Input tokens, with cached ones. */
    readonly input_tokens: number
    /** Output tokens, with reasoning. */
    readonly output_tokens: number
    /** Input and output tokens. */
    readonly total_tokens: number
    /** Input tokens read from a cache; part of `input_tokens`. */
    readonly cache_read_tokens: number
    /** Input tokens written to a cache; part of `input_tokens`. */
    readonly cache_write_tokens: number
    /** Reasoning tokens; part of `output_tokens`. */
    readonly reasoning_tokens: number
    /** Sum of the known costs, USD: the nearest double. */
    readonly cost: number
    /** Sum of the known costs, USD: exact, at most 12 decimals. */
    readonly cost_exact: string
    /** Calls that cost something nobody could rate; they are not in `cost`. */
    readonly unpriced_calls: number
    /** Calls that the provider refused without usage: nothing to bill. */
    readonly failed_calls: number
    /** Calls whose usage was estimated. */
    readonly estimated_calls: number
    /** Calls whose usage is not known. */
    readonly missing_calls: number
  }[]
  /** Null with fewer than three complete months, counted from the first one with calls. */
  readonly trend: {
    /** Slope of the least-squares line through the complete months, in the unit of the metric. */
    readonly slope_per_month: number
    /** `flat` when the slope is less than 5 % of the mean. */
    readonly direction: 'up' | 'down' | 'flat'
  } | null
}

/** Every question: its parameters and its answer. */
export interface Operations {
  /** What a period cost: `GET /api/v1/analytics/billing` */
  readonly getBillingAnalytics: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Length of `topConversations`. */
      readonly limit?: number
    }
    readonly answer: BillingAnalytics
  }
  /** What a period comes to: `GET /api/v1/usage/summary` */
  readonly getUsageSummary: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: UsageSummary
  }
  /** Usage over time: `GET /api/v1/usage/series` */
  readonly getUsageSeries: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Length of a bucket; default: what suits the period. */
      readonly interval?: 'minute' | 'hour' | 'day' | 'week' | 'month'
      /** Split every bucket by this dimension. */
      readonly by?: 'provider' | 'model' | 'operation' | 'tenant' | 'user' | 'agent' | 'conversation' | 'run' | 'feature' | 'service' | 'environment' | 'meter'
      /** What makes an entry of `by` large. */
      readonly order?: 'cost' | 'calls' | 'tokens'
      /** Entries of `by` beside "other". */
      readonly limit?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: UsageSeries
  }
  /** Usage by a dimension: `GET /api/v1/usage/breakdown` */
  readonly getUsageBreakdown: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** The dimension: `provider` (provider of the paid API), `model` (model of a provider), `operation` (operation, such as chat), `tenant` (tenant), `user` (end user of a tenant), `agent` (agent), `conversation` (conversation of a tenant), `run` (run (job) of a tenant), `feature` (feature of the product), `service` (service that made the calls), `environment` (deployment environment), `meter` (meter; model calls are `ai_query`). */
      readonly by: 'provider' | 'model' | 'operation' | 'tenant' | 'user' | 'agent' | 'conversation' | 'run' | 'feature' | 'service' | 'environment' | 'meter'
      /** What makes an entry large. */
      readonly order?: 'cost' | 'calls' | 'tokens'
      /** Entries beside "other". */
      readonly limit?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: UsageBreakdown
  }
  /** The largest of a dimension: `GET /api/v1/usage/top` */
  readonly getTopUsage: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** The dimension: `provider` (provider of the paid API), `model` (model of a provider), `operation` (operation, such as chat), `tenant` (tenant), `user` (end user of a tenant), `agent` (agent), `conversation` (conversation of a tenant), `run` (run (job) of a tenant), `feature` (feature of the product), `service` (service that made the calls), `environment` (deployment environment), `meter` (meter; model calls are `ai_query`). */
      readonly by: 'provider' | 'model' | 'operation' | 'tenant' | 'user' | 'agent' | 'conversation' | 'run' | 'feature' | 'service' | 'environment' | 'meter'
      /** What makes an entry large. */
      readonly order?: 'cost' | 'calls' | 'tokens'
      /** Entries beside "other". */
      readonly limit?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: UsageBreakdown
  }
  /** Months in comparison: `GET /api/v1/usage/trends` */
  readonly getUsageTrends: {
    readonly parameters: {
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** How many complete months. */
      readonly range?: '3m' | '6m' | '12m'
      /** What `value` is. */
      readonly metric?: 'cost' | 'calls' | 'tokens'
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: UsageTrends
  }
  /** Single calls: `GET /api/v1/usage/events` */
  readonly listUsageEvents: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Only calls with this span status; a success is `unset` or `ok`. Repeat it for several. */
      readonly status?: 'unset' | 'ok' | 'error' | readonly ('unset' | 'ok' | 'error')[]
      /** Only calls whose token counts come from here. Repeat it for several. */
      readonly usage_source?: 'provider' | 'estimated' | 'missing' | readonly ('provider' | 'estimated' | 'missing')[]
      /** true: only calls whose cost is not known (`unpricedMessages` of the billing answer); false: all others. Calls that the provider refused without usage have no cost either, but nothing to bill: they are no unpriced calls. */
      readonly unpriced?: boolean
      /** Only calls that cost at least this much, USD; calls without a known cost are left out. */
      readonly min_cost?: string
      /** Order; `-` is descending. Calls without a known cost come last in both orders by cost. */
      readonly sort?: '-timestamp' | 'timestamp' | '-cost' | 'cost' | '-tokens' | 'tokens' | '-duration' | 'duration'
      /** Events per page. */
      readonly limit?: number
      /** Events to pass over; for more, follow `next_cursor`. */
      readonly offset?: number
      /** `next_cursor` of the page before, with the same other parameters. */
      readonly cursor?: string
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: UsageEvents
  }
  /** One call and its price: `GET /api/v1/usage/events/{trace_id}/{span_id}` */
  readonly getUsageEvent: {
    readonly parameters: {
      /** `trace_id` of the event. */
      readonly trace_id: string
      /** `span_id` of the event. */
      readonly span_id: string
      /** `timestamp` of the event: finds it at once, where many calls are stored. */
      readonly timestamp?: string
    }
    readonly answer: ExplainedUsageEvent
  }
  /** Usage by meter: `GET /api/v1/usage/meters` */
  readonly getMeters: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Meters
  }
  /** Runs: `GET /api/v1/runs` */
  readonly listRuns: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Only runs with this status. Repeat it for several. */
      readonly status?: 'running' | 'success' | 'failed' | 'cancelled' | readonly ('running' | 'success' | 'failed' | 'cancelled')[]
      /** Runs per page. */
      readonly limit?: number
      /** Runs to pass over. */
      readonly offset?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Runs
  }
  /** Runs of this month: `GET /api/v1/runs/usage` */
  readonly getRunsUsage: {
    readonly parameters: {
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Successful runs that a month may have. */
      readonly monthly_limit?: number
    }
    readonly answer: RunsUsage
  }
  /** One run: `GET /api/v1/runs/{id}` */
  readonly getRun: {
    readonly parameters: {
      /** `run_id` of the run. */
      readonly id: string
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
    }
    readonly answer: RunWithCalls
  }
  /** A tenant at a glance: `GET /api/v1/tenants/{id}/dashboard` */
  readonly getTenantDashboard: {
    readonly parameters: {
      /** The tenant; `__none__` asks for the calls of nobody. */
      readonly id: string
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
    }
    readonly answer: TenantDashboard
  }
  /** The meters of a tenant: `GET /api/v1/tenants/{id}/overview` */
  readonly getTenantOverview: {
    readonly parameters: {
      /** The tenant; `__none__` asks for the calls of nobody. */
      readonly id: string
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
    }
    readonly answer: TenantOverview
  }
  /** How far the numbers can be trusted: `GET /api/v1/quality` */
  readonly getQuality: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Quality
  }
  /** What nobody could rate: `GET /api/v1/quality/unpriced` */
  readonly getUnpricedModels: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Length of the list. */
      readonly limit?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: UnpricedModels
  }
  /** Whether everything arrived: `GET /api/v1/quality/completeness` */
  readonly getCompleteness: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** After so many seconds a span is late. */
      readonly late_seconds?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Completeness
  }
  /** Whether everything works: `GET /api/v1/health` */
  readonly getHealth: {
    readonly parameters: {
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
    }
    readonly answer: Health
  }
  /** How calls went: `GET /api/v1/stats` */
  readonly getStats: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Stats
  }
  /** A few numbers, quickly: `GET /api/v1/stats/light` */
  readonly getLightStats: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
    }
    readonly answer: LightStats
  }
  /** What prompt caches bring: `GET /api/v1/stats/cache` */
  readonly getCacheStats: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: CacheStats
  }
  /** What this month will come to: `GET /api/v1/forecast` */
  readonly getForecast: {
    readonly parameters: {
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Forecast
  }
  /** Where money could be saved: `GET /api/v1/insights` */
  readonly getInsights: {
    readonly parameters: {
      /** `today`, `week`, `month` (also `current_month`), `year`: calendar periods in `timezone`, from their first day to the end of today. `yesterday` and `last_week`, `last_month`, `last_year`: the whole one before. `last_hour`, `last_24h`, `last_7d`, `last_30d`, `last_90d`: that long until now. `custom`: [startDate, endDate). Default: `custom` when a date is given, else `month`. */
      readonly period?: 'today' | 'yesterday' | 'week' | 'last_week' | 'month' | 'current_month' | 'last_month' | 'year' | 'last_year' | 'last_hour' | 'last_24h' | 'last_7d' | 'last_30d' | 'last_90d' | 'custom'
      /** First instant of a custom range: an ISO date (its first instant in `timezone`), or a date-time with an offset, or without one and then local to `timezone`. */
      readonly startDate?: string
      /** First instant after a custom range (exclusive). At most 1096 days after startDate. */
      readonly endDate?: string
      /** IANA time zone in which days and calendar periods are meant. */
      readonly timezone?: string
      /** Day with which `period=week` starts. */
      readonly weekStart?: 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'
      /** Only calls of this tenant. Repeat it for several; `__none__` asks for calls without one. */
      readonly tenant_id?: string | readonly string[]
      /** Only calls of this provider of the paid API, such as `openai`. Repeat it for several; `__none__` asks for calls without one. */
      readonly provider?: string | readonly string[]
      /** Only calls of this model that answered (the requested one where none is named). Repeat it for several; `__none__` asks for calls without one. */
      readonly model?: string | readonly string[]
      /** Only calls of this operation, such as `chat` or `embeddings`. Repeat it for several; `__none__` asks for calls without one. */
      readonly operation?: string | readonly string[]
      /** Only calls of this service that made the call (`service.name`). Repeat it for several; `__none__` asks for calls without one. */
      readonly service?: string | readonly string[]
      /** Only calls of this deployment environment, such as `production`. Repeat it for several; `__none__` asks for calls without one. */
      readonly environment?: string | readonly string[]
      /** Only calls of this feature of the product. Repeat it for several; `__none__` asks for calls without one. */
      readonly feature?: string | readonly string[]
      /** Only calls of this agent. Repeat it for several; `__none__` asks for calls without one. */
      readonly agent_id?: string | readonly string[]
      /** Only calls of this end user. Repeat it for several; `__none__` asks for calls without one. */
      readonly user_id?: string | readonly string[]
      /** Only calls of this conversation. Repeat it for several; `__none__` asks for calls without one. */
      readonly conversation_id?: string | readonly string[]
      /** Only calls of this run. Repeat it for several; `__none__` asks for calls without one. */
      readonly run_id?: string | readonly string[]
    }
    readonly answer: Insights
  }
  /** List prices of a model: `GET /api/v1/pricing` */
  readonly getPricing: {
    readonly parameters: {
      /** Provider, as in telemetry or in the book. */
      readonly provider: string
      /** Model, by any name that calls carry. */
      readonly model: string
      /** Moment at which the prices hold; default: now, to the minute. */
      readonly at?: string
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Pricing
  }
  /** Budgets and what is left of them: `GET /api/v1/budgets` */
  readonly listBudgets: {
    readonly parameters: {
      /** Only accounts that a call of this tenant counts in. */
      readonly tenant_id?: string
      /** Only accounts that stand so. */
      readonly status?: 'active' | 'warning' | 'limit_reached' | 'suspended'
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Budgets
  }
  /** One budget: `GET /api/v1/budgets/{id}` */
  readonly getBudget: {
    readonly parameters: {
      /** Id of the budget. */
      readonly id: string
    }
    readonly answer: Budget
  }
  /** Whether something would be let through now: `GET /api/v1/limits/check` */
  readonly checkLimits: {
    readonly parameters: {
      /** The tenant that asks. */
      readonly tenant_id?: string
      /** The user that asks. */
      readonly user_id?: string
      /** The key that asks. */
      readonly key?: string
      /** The agent that asks. */
      readonly agent_id?: string
      /** The conversation that asks. */
      readonly conversation_id?: string
      /** The feature that asks. */
      readonly feature?: string
      /** The model that asks. */
      readonly model?: string
      /** The provider that asks. */
      readonly provider?: string
      /** The service that asks. */
      readonly service?: string
      /** What is asked for. */
      readonly unit?: string
      /** Name of the meter, where the unit is `meter`. */
      readonly meter?: string
      /** How much; default: as little as there is. */
      readonly amount?: string
    }
    readonly answer: LimitsCheck
  }
  /** Why a call was blocked, or let through although: `GET /api/v1/decisions/{id}` */
  readonly getDecision: {
    readonly parameters: {
      /** Id of the decision. */
      readonly id: string
    }
    readonly answer: Decision
  }
  /** Plans: `GET /api/v1/plans` */
  readonly listPlans: {
    readonly parameters: {
    }
    readonly answer: Plans
  }
  /** What the last months would have cost on each plan: `GET /api/v1/plans/compare` */
  readonly comparePlans: {
    readonly parameters: {
      /** The tenant. */
      readonly tenant_id: string
      /** How many whole months, the last ones. */
      readonly months?: number
    }
    readonly answer: PlanComparison
  }
  /** Statements of tenants: `GET /api/v1/statements` */
  readonly listStatements: {
    readonly parameters: {
      /** Only this tenant; absent = every one. */
      readonly tenant_id?: string
      /** How many months back, beside the one that runs. */
      readonly months?: number
      /** Only these. */
      readonly status?: 'open' | 'closed'
      /** Statements per page. */
      readonly limit?: number
      /** `next_cursor` of the page before, with the same other parameters. */
      readonly cursor?: string
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Statements
  }
  /** Alerts: `GET /api/v1/alerts` */
  readonly listAlerts: {
    readonly parameters: {
      /** Only those that last, or only those that are over. */
      readonly status?: 'firing' | 'resolved'
      /** Only those that are at least so bad. */
      readonly severity?: 'info' | 'warning' | 'critical'
      /** Only those that somebody marked as read, or only the others. */
      readonly read?: 'true' | 'false'
      /** Only of this rule. */
      readonly rule?: string
      /** Only about this tenant. */
      readonly tenant_id?: string
      /** Length of the list. */
      readonly limit?: number
      /** How many to leave out. */
      readonly offset?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Alerts
  }
  /** Alert rules: `GET /api/v1/alerts/rules` */
  readonly listAlertRules: {
    readonly parameters: {
    }
    readonly answer: AlertRules
  }
  /** Silences: `GET /api/v1/silences` */
  readonly listSilences: {
    readonly parameters: {
    }
    readonly answer: Silences
  }
  /** Channels: `GET /api/v1/channels` */
  readonly listChannels: {
    readonly parameters: {
    }
    readonly answer: Channels
  }
  /** Deliveries: `GET /api/v1/deliveries` */
  readonly listDeliveries: {
    readonly parameters: {
      /** Only in this state. */
      readonly status?: 'pending' | 'delivered' | 'failed' | 'held'
      /** Only to this channel. */
      readonly channel?: string
      /** Length of the list. */
      readonly limit?: number
      /** How many to leave out. */
      readonly offset?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: Deliveries
  }
  /** What Stripe was told: `GET /api/v1/billing/sync` */
  readonly listBillingSync: {
    readonly parameters: {
      /** Only in this state. */
      readonly state?: 'pending' | 'sent' | 'confirmed' | 'rejected' | 'skipped' | 'expired' | 'drift'
      /** Only of this tenant. */
      readonly tenant_id?: string
      /** Only of this event name. */
      readonly meter?: string
      /** Length of the list. */
      readonly limit?: number
      /** How many to leave out. */
      readonly offset?: number
      /** Begin a CSV file with a byte-order mark: Excel takes letters beyond ASCII for others without one, programs that read CSV mostly want none. */
      readonly bom?: boolean
    }
    readonly answer: BillingSyncs
  }
}

/** The address of each question. */
export const PATHS = {
  getBillingAnalytics: '/api/v1/analytics/billing',
  getUsageSummary: '/api/v1/usage/summary',
  getUsageSeries: '/api/v1/usage/series',
  getUsageBreakdown: '/api/v1/usage/breakdown',
  getTopUsage: '/api/v1/usage/top',
  getUsageTrends: '/api/v1/usage/trends',
  listUsageEvents: '/api/v1/usage/events',
  getUsageEvent: '/api/v1/usage/events/{trace_id}/{span_id}',
  getMeters: '/api/v1/usage/meters',
  listRuns: '/api/v1/runs',
  getRunsUsage: '/api/v1/runs/usage',
  getRun: '/api/v1/runs/{id}',
  getTenantDashboard: '/api/v1/tenants/{id}/dashboard',
  getTenantOverview: '/api/v1/tenants/{id}/overview',
  getQuality: '/api/v1/quality',
  getUnpricedModels: '/api/v1/quality/unpriced',
  getCompleteness: '/api/v1/quality/completeness',
  getHealth: '/api/v1/health',
  getStats: '/api/v1/stats',
  getLightStats: '/api/v1/stats/light',
  getCacheStats: '/api/v1/stats/cache',
  getForecast: '/api/v1/forecast',
  getInsights: '/api/v1/insights',
  getPricing: '/api/v1/pricing',
  listBudgets: '/api/v1/budgets',
  getBudget: '/api/v1/budgets/{id}',
  checkLimits: '/api/v1/limits/check',
  getDecision: '/api/v1/decisions/{id}',
  listPlans: '/api/v1/plans',
  comparePlans: '/api/v1/plans/compare',
  listStatements: '/api/v1/statements',
  listAlerts: '/api/v1/alerts',
  listAlertRules: '/api/v1/alerts/rules',
  listSilences: '/api/v1/silences',
  listChannels: '/api/v1/channels',
  listDeliveries: '/api/v1/deliveries',
  listBillingSync: '/api/v1/billing/sync',
} as const
