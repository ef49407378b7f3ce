/** What the machine gives: Node, the engine's library, price data. */
import { findLibrary } from '@spanmeter/clickhouse'
import { newestPrice, priceVersion } from '@spanmeter/middleware/pricing'
import { type Finding, ok, problem, warning } from './finding.ts'

/** The oldest Node that this release runs on: `engines` of package.json. */
const OLDEST_NODE = [20, 19] as const
const OLD_PRICES_DAYS = 120
const DAY_MS = 86_400_000

/** @param version of Node, such as `20.19.0` */
export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [least, leastMinor] = OLDEST_NODE
  if (major > least || (major === least && minor >= leastMinor)) return ok('Node', version)
  return problem('Node', `${version} is too old`, `use Node ${least}.${leastMinor} or later`)
}

/** @param server whether a ClickHouse server is configured */
export function checkEngine(server: boolean): Finding {
  if (server) return ok('embedded engine', 'not used: there is a server')
  try {
    findLibrary()
    return ok('embedded engine', 'its library is there')
  } catch (error) {
    const [found = '', todo = 'set CLICKHOUSE_URL'] = (error as Error).message.split('; ')
    return problem('embedded engine', found, todo)
  }
}

/** @param now milliseconds since 1970 */
export function checkPrices(now: number): Finding {
  const newest = newestPrice(now)
  const days = Math.floor((now - Date.parse(newest)) / DAY_MS)
  const found = `${priceVersion}, its newest price is of ${newest}`
  if (days <= OLD_PRICES_DAYS) return ok('prices', found)
  return warning(
    'prices',
    `${found}, ${days} days ago`,
    'update Spanmeter, then rate what was unpriced anew: spanmeter rerate --help',
  )
}
