import { isStock } from '../../camera/backends.ts';
import { type ControllerName, controllerNamed } from '../../sync/controllers/index.ts';

/**
 * How cameras go on that their server has left, as the end of a sentence; nothing where there are none.
 * @param carriedOn its frames are carried on: they follow those.
 */
export function withoutServer(
  others: readonly { readonly spec: string }[],
  controller: ControllerName,
  carriedOn: boolean,
): string {
  if (others.length === 0) return '';
  if (carriedOn) return '; it was the server: record carries on its frames for the others';
  const { holdsOver } = controllerNamed(controller);
  const free = others.filter(({ spec }) => !holdsOver || isStock(spec)).length;
  if (free === 0) return '; it was the server: the others go on by its last known rate';
  const own = 'run free, each by its own clock';
  return free === others.length
    ? `; it was the server: the others ${own}`
    : `; it was the server: stock cameras ${own}, the others go on by its last known rate`;
}
