// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const english: Words = {
  invoice: ['invoice', 'tax invoice', 'bill', 'receipt', 'commercial invoice', 'sales invoice', 'proforma invoice'],
  credit: ['credit note', 'tax credit note', 'credit memo', 'credit invoice'],
  correction: ['corrected invoice', 'correction invoice', 'invoice correction', 'corrective invoice'],
  selfBilling: ['self billed invoice', 'self billing invoice', 'self billed', 'self billing'],
  otherDocuments: [
    'quotation', 'quote', 'offer', 'estimate', 'order confirmation', 'sales order', 'purchase order', 'delivery note', 'packing list', 'packing slip',
    'payment reminder', 'reminder', 'dunning letter', 'bank statement', 'account statement', 'statement of account', 'price list',
    'contract', 'agreement', 'timesheet', 'remittance advice', 'payslip', 'curriculum vitae',
  ],
  numberWords: ['number', 'no', 'num', 'nr', '#', 'id', 'ref', 'reference'],
  number: {
    credit: ['credit note', 'credit memo'],
    invoice: ['number of invoice', 'tax invoice', 'invoice', 'bill'],
    document: ['document', 'receipt'],
    booking: ['booking', 'reservation', 'confirmation', 'transaction'],
  },
  order: ['purchase order', 'po', 'p o', 'customer order', 'your order', 'order', 'sales order'],
  date: {
    invoice: [
      'invoice date', 'tax invoice date', 'date of invoice', 'bill date', 'billing date', 'invoice issued', 'date of issue', 'issue date',
      'issued on', 'issued at', 'date issued', 'issued', 'document date', 'credit note date', 'receipt date', 'date of receipt', 'invoiced on',
    ],
    plain: ['date', 'dated'],
    due: [
      'due date', 'date due', 'payment due date', 'payment due by', 'payment due', 'due by', 'due on', 'pay by', 'due', 'please pay by',
      'payable by', 'payment deadline', 'please remit until', 'please remit by', 'pay before', 'to be paid by', 'payable until',
    ],
    other: [
      'order date', 'delivery date', 'date of delivery', 'ship date', 'shipping date', 'check in', 'check out', 'period', 'service date', 'payment date',
      'print date', 'printed on', 'printed', 'start date', 'end date', 'date of order', 'date of supply', 'supply date', 'tax point', 'date of payment', 'paid on',
      'billing period', 'date of birth', 'valid until', 'created on', 'contract date', 'delivered on', 'tax point date',
    ],
  },
  total: {
    gross: [
      'total incl tax', 'total including tax', 'total incl vat', 'total including vat', 'total inc vat', 'total inc tax', 'total incl gst',
      'total inc gst', 'grand total', 'invoice total', 'total invoice amount', 'total invoice', 'invoice amount', 'gross total', 'total gross', 'gross amount',
      'amount incl vat', 'total with tax', 'total amount incl vat', 'total amount including vat', 'gross', 'total amount', 'total price', 'total', 'totals',
      'credit total', 'total credit', 'total eur', 'total usd', 'total gbp', 'total inr', 'total chf', 'total pln', 'total sek', 'total dkk',
    ],
    net: [
      'total excl tax', 'total excluding tax', 'total excl vat', 'total excluding vat', 'total ex vat', 'total without vat', 'total without tax', 'total net',
      'net total', 'net amount', 'total before tax', 'taxable amount', 'taxable value', 'amount excl vat', 'total ex gst', 'total excl gst',
      'untaxed amount', 'total amount excl vat', 'net', 'total net amount', 'net value', 'amount before tax', 'vat basis', 'tax base',
    ],
    subtotal: ['subtotal', 'sub total', 'line total', 'goods total', 'items total', 'value of goods'],
    tax: [
      'total tax', 'total taxes', 'tax total', 'total vat', 'vat total', 'tax amount', 'vat amount', 'sales tax', 'total gst', 'gst amount',
      'tax', 'taxes', 'vat', 'gst', 'cgst', 'sgst', 'igst', 'hst', 'pst', 'plus vat', 'total vat amount', 'total tax amount',
    ],
    payable: [
      'amount payable', 'total amount due', 'total due', 'amount due', 'balance due', 'balance', 'due payable', 'due for payment', 'total payable', 'to pay', 'payable', 'please pay',
      'net payable', 'outstanding',
    ],
    other: [
      'carried forward', 'brought forward', 'page total', 'continued', 'discount', 'shipping', 'total discount', 'total of charges', 'total of allowances', 'total charges', 'total surcharges', 'total allowances',
      'amount paid', 'payment received', 'paid', 'deposit', 'prepaid', 'total paid', 'total quantity', 'total qty', 'total weight', 'total hours', 'total savings', 'rounding', 'freight', 'postage', 'surcharge',
      'total discounts', 'advance payment', 'previous balance', 'total of surcharges', 'sum of charges', 'sum of allowances', 'total pages', 'total items',
    ],
  },
  column: {
    position: ['pos', 'position', '#', 'line', 'line no', 'sr no', 'sl no', 's no', 'sr', 'no', 'item no'],
    code: [
      'item code', 'item number', 'item #', 'product code', 'product no', 'article no', 'article number', 'part no', 'part number', 'sku', 'code',
      'art no', 'ref', 'reference', 'ean', 'gtin', 'barcode', 'item id', 'stock code',
    ],
    description: [
      'description of goods', 'item description', 'product description', 'description', 'particulars', 'details', 'product name', 'item name',
      'item', 'items', 'product', 'products', 'title', 'article', 'service', 'services', 'description of services', 'task', 'activity', 'goods', 'name of goods', 'work', 'description of work',
    ],
    quantity: ['quantity', 'qty', 'hours', 'hrs', 'units', 'pieces', 'pcs', 'nights', 'billed qty', 'qty invoiced', 'days', 'no of units', 'quant', 'quantity shipped'],
    unit: ['unit', 'uom', 'unit of measure', 'u m', 'unit of quantity'],
    unitPrice: [
      'unit price', 'price per unit', 'unit cost', 'unit rate', 'price each', 'price', 'rate', 'each', 'cost', 'hourly rate', 'unit price excl vat', 'net price',
      'unit net price', 'unit price net', 'price unit', 'unit net', 'net unit price', 'list price', 'rate per hour',
    ],
    discount: ['discount', 'disc', 'discount %', 'disc %', 'less', 'rebate'],
    taxRate: ['tax rate', 'vat rate', 'gst rate', 'tax %', 'vat %', 'gst %', '% vat', '% tax', 'tax', 'taxes', 'vat', 'gst', 'sales tax', 'tax code', 'vat code'],
    taxAmount: ['tax amount', 'vat amount', 'gst amount', 'tax value'],
    amount: [
      'amount', 'line total', 'line amount', 'total amount', 'total price', 'total', 'net amount', 'extended price', 'ext price', 'subtotal', 'sub total', 'value', 'net value',
      'amount excl vat', 'total excl vat', 'total incl vat', 'net total', 'extended', 'line value', 'total net', 'net', 'sum', 'net line amount', 'extension', 'amount incl vat', 'gross amount',
    ],
    other: ['date', 'hsn', 'sac', 'hsn sac', 'hsn code', 'warranty', 'delivery date', 'fsn', 'gross', 'period', 'price basis', 'per', 'weight', 'order no', 'serial no', 'currency'],
  },
  sections: [
    'vat breakdown', 'vat summary', 'tax breakdown', 'tax summary', 'vat analysis', 'vat specification', 'payment terms', 'terms of payment', 'terms and conditions', 'payment details', 'payment information', 'document totals', 'allowances and charges',
    'bank details', 'payment methods', 'charges and allowances', 'payment history', 'payments received', 'payments',
  ],
  party: {
    seller: [
      'sold by', 'seller', 'supplier', 'vendor', 'bill from', 'billed by', 'invoice from', 'issued by', 'from', 'in favor of', 'in favour of', 'supplier details', 'seller details', 'biller',
      'issuer', 'payee', 'service provider',
    ],
    buyer: [
      'bill to', 'billed to', 'billing address', 'invoice to', 'invoiced to', 'invoice address', 'sold to', 'buyer', 'customer name', 'client name',
      'guest name', 'customer', 'client', 'guest', 'to', 'recipient', 'issued to', 'attention', 'attn', 'invoice recipient', 'customer details', 'buyer details', 'purchaser', 'bill to address', 'customer address', 'payer',
    ],
    other: ['ship to', 'shipping address', 'delivery address', 'deliver to', 'hotel details', 'ship from', 'delivered to', 'shipped to', 'consignee', 'place of delivery', 'tax representative', 'delivery to'],
    office: ['warehouse address', 'registered office', 'regd office', 'corporate office', 'head office', 'remit to', 'address'],
  },
  partyRow: {
    name: ['name', 'company', 'company name', 'business name', 'trading name', 'customer name', 'legal name'],
    address: ['address', 'street', 'city', 'town', 'postcode', 'zip', 'postal code', 'street address'],
    ignored: ['contact', 'contact person', 'number', 'id', 'gln', 'customer no', 'customer number', 'customer id', 'account no', 'global id', 'client no', 'supplier no', 'supplier number', 'duns', 'your contact'],
  },
  salutation: ['mr', 'mrs', 'ms', 'miss', 'dr', 'company', 'attn', 'attention', 'messrs', 'mr and mrs', 'the manager', 'c o', 'accounts payable'],
  identifier: {
    vatId: [
      'vat', 'vat id', 'vat no', 'vat number', 'vat reg no', 'vat registration number', 'tax id', 'gstin', 'gst no', 'gst number', 'vat tin', 'vat id no', 'abn',
      'vat identification number', 'vat registration no', 'tax number', 'vat reg', 'vat code', 'vat registration',
    ],
    registrationNumber: [
      'company registration number', 'company reg no', 'company number', 'company no', 'registration number', 'registered number', 'reg no',
      'registration no', 'registered in england', 'cin', 'coc', 'coc number', 'chamber of commerce', 'crn', 'company registration', 'company id',
    ],
    bic: ['bic', 'swift', 'swift code', 'swift bic', 'bic swift', 'bic code'],
    phone: ['phone', 'phone no', 'telephone', 'tel', 'tel no', 'mobile', 'phone number', 'call', 'contact no'],
  },
  currency: ['invoice currency', 'currency', 'currency code', 'amounts in', 'all amounts in', 'all prices in', 'document currency'],
  months: [
    ['january', 'jan'], ['february', 'feb'], ['march', 'mar'], ['april', 'apr'], ['may'], ['june', 'jun'], ['july', 'jul'], ['august', 'aug'],
    ['september', 'sep', 'sept'], ['october', 'oct'], ['november', 'nov'], ['december', 'dec'],
  ],
};
