/**
 * An hour that costs far more than this hour of the week does.
 *
 * Invariant: compared with the same hours of the last weeks by median and median deviation, which one outlier does
 * not move; nothing is said of less than two weeks, nor below an absolute amount, so that idle subjects do not page.
 */
import { z } from 'zod'
import { parseDecimal } from '../../query/decimal.ts'
import { usageCube } from '../../query/usage-cube.ts'
import { amount, usd } from './amount.ts'
import { LAG_MS, type RuleKind } from './rule-kind.ts'
import { filtersOf, keyOf, nameOf, type Scope, scopeSettings, subjectOf } from './scope.ts'

interface Settings extends Scope {
  deviations: number
  minUsd: string
  weeks: number
}

const HOUR = 3_600_000
const WEEK_HOURS = 168
/** Hours beside the same one that also say what is usual: traffic does not come to the minute. */
const BESIDE = 1
/** A median deviation is so much of a standard deviation where values are normal. */
const MAD_TO_SIGMA = 1.4826
/** Least spread that is believed, as a part of the median. */
const LEAST_SPREAD = 0.1
const MOST_JUDGED = 200

export const spendAnomaly: RuleKind<Settings> = {
  kind: 'spend_anomaly',
  what: 'an hour costs far more than usual',
  settings: {
    deviations: z.number().positive().default(6).describe('So many deviations above the median'),
    minUsd: amount.default('1').describe('Hours below it are never unusual'),
    weeks: z.number().int().min(2).max(12).default(4),
    ...scopeSettings,
  },
  once: false,
  defaults: { severity: 'warning', forSeconds: 0, keepSeconds: 3600 },
  lagMs: LAG_MS,
  async read(context, settings, now) {
    // the last complete hour, and the one that runs where it already costs more
    const end = Math.floor(now / HOUR) * HOUR + HOUR
    const start = end - (settings.weeks * WEEK_HOURS + 1) * HOUR
    const starts = Array.from({ length: (end - start) / HOUR }, (_, index) => start + index * HOUR)
    const { rows } = await usageCube(context, {
      start,
      end: now,
      filters: filtersOf(settings),
      starts: starts.filter((at) => at < now),
      by: settings.by,
      limit: MOST_JUDGED,
    })
    const subjects = new Map<string, { key: readonly string[]; hours: Map<number, bigint> }>()
    for (const row of rows) {
      if (settings.by !== undefined && row.place === 0) continue
      const id = row.key.join('\u0000')
      const entry = subjects.get(id) ?? { key: row.key, hours: new Map() }
      entry.hours.set(Number(row.bucket) * 1000, parseDecimal(row.cost))
      subjects.set(id, entry)
    }
    const least = parseDecimal(settings.minUsd)
    return [...subjects.values()].flatMap(({ key, hours }) => {
      const first = Math.min(...hours.keys())
      if (end - first < 2 * WEEK_HOURS * HOUR) return []
      const subject = subjectOf(settings, key)
      const [current, previous] = [end - HOUR, end - 2 * HOUR].map((at) =>
        judgeHour(hours, at, first, settings),
      )
      const worst = (current?.score ?? 0) >= (previous?.score ?? 0) ? current : previous
      if (worst === undefined) return []
      const unusual = worst.score >= settings.deviations && worst.cost >= least
      return [
        {
          key: keyOf(subject),
          subject,
          period: '',
          breached: unusual,
          cleared: !unusual,
          value: usd(worst.cost),
          threshold: usd(BigInt(Math.round(worst.bound))),
          title: `Spend${nameOf(subject)} is unusual`,
          summary: `${usd(worst.cost)} in an hour that usually costs ${usd(BigInt(Math.round(worst.median)))}.`,
        },
      ]
    })
  },
}

/** How far an hour is from what is usual, in deviations. */
export function judgeHour(
  hours: ReadonlyMap<number, bigint>,
  at: number,
  first: number,
  { weeks, deviations }: Pick<Settings, 'weeks' | 'deviations'>,
): { cost: bigint; median: number; bound: number; score: number } | undefined {
  const usual: number[] = []
  for (let week = 1; week <= weeks; week++) {
    for (let beside = -BESIDE; beside <= BESIDE; beside++) {
      const hour = at - (week * WEEK_HOURS + beside) * HOUR
      if (hour >= first) usual.push(Number(hours.get(hour) ?? 0n))
    }
  }
  if (usual.length < 3) return undefined
  const median = medianOf(usual)
  const deviation = MAD_TO_SIGMA * medianOf(usual.map((value) => Math.abs(value - median)))
  const spread = Math.max(deviation, LEAST_SPREAD * median, 1)
  const cost = hours.get(at) ?? 0n
  return { cost, median, bound: median + deviations * spread, score: (Number(cost) - median) / spread }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}
