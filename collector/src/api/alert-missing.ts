/** The answer where there is no such alert, silence, channel or delivery. */
import { NotFound } from './endpoint.ts'

/** No such thing, where `alerting` has it not or does not run. */
export function missing(what: string, id: string | undefined): NotFound {
  return new NotFound(`cannot find ${what} ${id}; GET the list to see what there is`)
}
