// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const spanish: Words = {
  invoice: ['factura', 'factura simplificada', 'minuta', 'recibo'],
  credit: ['nota de crédito', 'factura de abono', 'abono', 'nota de abono'],
  correction: ['factura rectificativa', 'factura corregida'],
  selfBilling: ['autofactura', 'autofacturación', 'facturación por el destinatario'],
  otherDocuments: ['presupuesto', 'pedido', 'albarán', 'confirmación de pedido', 'orden de compra', 'extracto de cuenta', 'contrato', 'recordatorio de pago', 'oferta', 'nómina', 'cotización', 'nota de entrega'],
  numberWords: ['número', 'n°', 'no', 'núm', 'num', '#', 'nr'],
  number: {
    credit: ['número de abono', 'n° de abono', 'número de nota de crédito', 'nota de crédito', 'abono', 'factura rectificativa', 'n° de nota de crédito'],
    invoice: ['número de factura', 'n° de factura', 'factura número', 'factura n°', 'núm de factura', 'factura', 'número factura', 'n° factura', 'núm factura', 'num factura', 'no de factura', 'código de factura'],
    document: ['número de documento', 'n° documento', 'número de recibo', 'documento'],
    booking: ['número de reserva', 'localizador', 'reserva'],
  },
  order: ['número de pedido', 'n° de pedido', 'pedido n°', 'n° pedido', 'su pedido', 'pedido', 'orden de compra'],
  date: {
    invoice: ['fecha de factura', 'fecha factura', 'fecha de emisión', 'fecha de la factura', 'fecha emisión', 'emitida el', 'fecha de expedición', 'fecha expedición', 'fecha del documento', 'fecha de facturación', 'fecha de abono'],
    plain: ['fecha'],
    due: ['fecha de vencimiento', 'vencimiento', 'fecha vencimiento', 'fecha límite de pago', 'pagar antes de', 'vence el', 'pagar antes del', 'a pagar antes del', 'fecha límite', 'vto'],
    other: ['fecha de pedido', 'fecha de entrega', 'fecha pedido', 'fecha entrega', 'periodo', 'período', 'fecha de impresión', 'fecha de pago', 'fecha de servicio', 'fecha de operación', 'fecha de envío', 'fecha operación', 'fecha de nacimiento', 'fecha del pedido', 'impreso el', 'pagado el'],
  },
  total: {
    gross: ['total factura', 'total con iva', 'total iva incluido', 'importe total', 'total general', 'total iva incl', 'importe total con iva', 'total', 'total bruto', 'importe total de la factura', 'total euros', 'importe factura', 'importe bruto'],
    net: ['base imponible', 'total sin iva', 'importe neto', 'total neto', 'total base imponible', 'neto', 'total antes de impuestos', 'importe sin iva', 'subtotal sin iva', 'total base', 'total imponible', 'base imp'],
    subtotal: ['subtotal', 'suma', 'total líneas', 'suma parcial'],
    tax: ['total iva', 'cuota iva', 'importe iva', 'iva', 'cuota', 'impuestos', 'total impuestos', 'cuota de iva', 'igic', 'importe del iva', 'i v a', 'impuesto', 'cuota tributaria'],
    payable: ['total a pagar', 'importe a pagar', 'a pagar', 'líquido a pagar', 'saldo', 'saldo pendiente', 'importe pendiente', 'total a abonar', 'pendiente de pago'],
    other: ['descuento', 'portes', 'gastos de envío', 'suma y sigue', 'anticipo', 'pagado', 'descuentos', 'retención', 'irpf', 'recargo', 'total descuentos', 'total recargos', 'retención irpf', 'recargo de equivalencia', 'anticipos', 'total cargos', 'total retención', 'dto', 'ya pagado'],
  },
  column: {
    position: ['pos', 'línea', 'n°', 'posición'],
    code: ['código', 'referencia', 'ref', 'cód', 'código artículo', 'cod', 'código de artículo'],
    description: ['descripción', 'concepto', 'artículo', 'producto', 'detalle', 'descripción del producto', 'servicio', 'denominación', 'conceptos', 'descripción del servicio', 'productos', 'servicios'],
    quantity: ['cantidad', 'cant', 'uds', 'unidades', 'horas', 'ud', 'unid', 'cdad', 'ctd', 'días'],
    unit: ['unidad', 'u m', 'unidad de medida'],
    unitPrice: ['precio unitario', 'precio', 'precio ud', 'precio unidad', 'p unitario', 'pvp', 'precio unit', 'p u', 'tarifa', 'precio neto', 'precio por unidad', 'p unit', 'precio u', 'importe unitario', 'precio hora'],
    discount: ['descuento', 'dto', 'dto %', '% dto', 'desc', 'descuento %'],
    taxRate: ['iva', '% iva', 'iva %', 'tipo iva', 'tipo de iva', 'tipo', 'impuesto', 'impuestos', 'tipo impositivo'],
    taxAmount: ['cuota iva', 'importe iva', 'cuota'],
    amount: ['importe', 'total', 'importe total', 'precio total', 'importe neto', 'subtotal', 'valor', 'neto', 'total neto', 'total línea', 'importe línea', 'importe sin iva', 'total sin iva', 'base imponible'],
    other: ['fecha', 'periodo', 'albarán'],
  },
  sections: ['desglose de iva', 'desglose del iva', 'desglose iva', 'forma de pago', 'condiciones de pago', 'datos bancarios', 'desglose de impuestos', 'resumen de impuestos', 'información de pago'],
  party: {
    seller: ['vendedor', 'proveedor', 'emisor', 'datos del emisor', 'emitida por', 'vendido por', 'datos del proveedor', 'datos del vendedor', 'expedidor', 'prestador'],
    buyer: ['cliente', 'comprador', 'facturar a', 'datos del cliente', 'destinatario', 'facturado a', 'dirección de facturación', 'receptor', 'nombre del cliente', 'factura a', 'datos de facturación', 'adquirente', 'datos del comprador', 'señores'],
    other: ['dirección de entrega', 'dirección de envío', 'enviar a', 'entregar en', 'lugar de entrega', 'entrega'],
    office: ['dirección', 'domicilio', 'domicilio social', 'sede social', 'domicilio fiscal'],
  },
  partyRow: {
    name: ['nombre', 'razón social', 'empresa', 'denominación'],
    address: ['dirección', 'domicilio', 'población', 'cp', 'código postal', 'ciudad'],
    ignored: ['contacto', 'n° cliente', 'número de cliente', 'código cliente', 'código de cliente', 'cod cliente'],
  },
  salutation: ['sr', 'sra', 'd', 'dña', 'señor', 'señora', 'a la atención de', 'don', 'doña', 'empresa'],
  identifier: {
    vatId: ['nif', 'cif', 'n i f', 'c i f', 'nif iva', 'cif nif', 'nif cif', 'número de iva', 'n° iva', 'vat', 'nie', 'iva intracomunitario'],
    registrationNumber: ['registro mercantil', 'número de registro'],
    bic: [],
    phone: ['teléfono', 'tel', 'tfno', 'móvil', 'tlf', 'tfn'],
  },
  currency: ['moneda', 'divisa', 'importes en', 'precios en', 'importes expresados en'],
  months: [
    ['enero', 'ene'], ['febrero', 'feb'], ['marzo', 'mar'], ['abril', 'abr'], ['mayo', 'may'], ['junio', 'jun'], ['julio', 'jul'], ['agosto', 'ago'],
    ['septiembre', 'setiembre', 'sept', 'sep'], ['octubre', 'oct'], ['noviembre', 'nov'], ['diciembre', 'dic'],
  ],
};
