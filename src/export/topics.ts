import type { ExportTake } from './take.ts';

/**
 * What each camera is called in names of topics: ROS takes letters, digits and single `_` there, a letter first (ROS 2
 * design, "Topic and Service name mapping").
 */
export function topicsOf({ cameras }: ExportTake): string[] {
  const topics: string[] = [];
  for (const { name } of cameras) {
    const word = name
      .replace(/[^A-Za-z0-9]+/g, '_')
      .replace(/_$/, '')
      .replace(/^(?![A-Za-z])_?/, 'cam_');
    let topic = word;
    for (let again = 2; topics.includes(topic); again++) topic = `${word}_${again}`;
    topics.push(topic);
  }
  return topics;
}
