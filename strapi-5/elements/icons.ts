export { ArrowClockwise as retry, WarningCircle as warning } from '@strapi/icons';
export { EmptyDocuments as empty } from '@strapi/icons/symbols';
