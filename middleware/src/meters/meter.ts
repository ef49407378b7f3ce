/**
 * `meter()`: records a paid quantity that no HTTP call shows, or that is better told than read from one.
 *
 * Invariant: it never throws and never waits; what cannot be counted is reported and counted as such.
 */
import { context, SpanKind, trace } from '@opentelemetry/api'
import type { Attribution } from '../attribution.ts'
import { reportFailure } from '../capture/report.ts'
import { current } from '../install.ts'
import { warnOnce } from '../warn-once.ts'
import { type MeterFacts, meterAttributes } from './meter-attributes.ts'

/** Everything that can be said of a metered quantity. Who caused it comes from the request or job, unless said. */
export interface MeterOptions extends MeterFacts, Attribution {
  /** When it was used; now unless said. */
  at?: Date | undefined
}

const NOT_INSTALLED =
  'meter() records nothing, because nothing is installed: call install({ … }) or use the adapter of your framework first'

/**
 * Records that `quantity` of something paid was used: minutes, searches, pages, stored megabytes.
 *
 * Its cost is the quantity times the unit price, exactly, where the call or the options of the installation
 * (`meters`) state one for that unit; else it is unpriced, never free.
 *
 * @param name of the meter; any, such as `voice_minute`
 * @param quantity 0 or more; a decimal string is kept digit by digit
 *
 * @example
 * ```ts
 * meter('voice_minute', 2.1, { unit: 'min', attributes: { operation: 'transcribe' } })
 * meter('storage_mb', '1536.25', { unit: 'MB', level: true, tenant: 'acme' })
 * ```
 */
export function meter(name: string, quantity: number | string, options: MeterOptions = {}): void {
  try {
    const { meter: installed, scope } = current()
    if (!installed) {
      warnOnce(NOT_INSTALLED)
      throw new Error('no meter is installed')
    }
    const { tenant, user, agent, conversation, feature, run } = options
    const own: Record<string, unknown> = { ...scope?.attribution }
    for (const [key, value] of Object.entries({ tenant, user, agent, conversation, feature, run })) {
      if (value !== undefined) own[key] = value
    }
    const attributes = meterAttributes(name, quantity, options, installed.prices)
    Object.assign(attributes, installed.attributes(scope?.request, own as Attribution))
    const time = options.at?.getTime() ?? Date.now()
    const active = context.active()
    installed.recorder
      .start({
        name: `meter ${name.slice(0, 256)}`,
        // As every call to a paid API; a level is an observation, not a call.
        kind: options.level ? SpanKind.INTERNAL : SpanKind.CLIENT,
        startTime: time,
        parent: scope?.server ? trace.setSpan(active, scope.server) : active,
        attributes,
      })
      .end({}, undefined, time)
    installed.quota?.metered(attributes)
  } catch (error) {
    reportFailure('record a metered quantity', error)
  }
}
