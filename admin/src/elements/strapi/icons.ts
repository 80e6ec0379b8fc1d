export {
  EmptyDocuments as empty,
  ExclamationMarkCircle as warning,
  Refresh as retry,
} from '@strapi/icons';
