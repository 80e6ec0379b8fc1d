/** The icons by their meaning. */
export {
  ArrowDown as down,
  ArrowRight as forward,
  ArrowUp as up,
  Check as check,
  CheckCircle as success,
  ChevronLeft as previous,
  ChevronRight as next,
  Cross as clear,
  CrossCircle as error,
  Download as download,
  Duplicate as copy,
  Information as info,
  Loader as running,
  Lock as locked,
  Minus as none,
  Play as run,
  Plus as add,
  Question as unknown,
  Trash as delete,
} from '@strapi/icons';
export * from './strapi/icons';
