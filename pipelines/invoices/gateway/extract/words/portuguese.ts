// biome-ignore-all format: word lists are read in lines, not in columns
import type { Words } from './words.ts';

export const portuguese: Words = {
  invoice: ['fatura', 'factura', 'fatura recibo', 'fatura simplificada', 'nota fiscal', 'recibo'],
  credit: ['nota de crédito'],
  correction: ['fatura retificativa', 'fatura corrigida', 'fatura de correção'],
  selfBilling: ['autofaturação', 'autofacturação', 'autofatura'],
  otherDocuments: ['orçamento', 'encomenda', 'guia de remessa', 'guia de transporte', 'confirmação de encomenda', 'ordem de compra', 'nota de encomenda', 'extrato de conta', 'contrato', 'lembrete de pagamento', 'proposta', 'cotação', 'pedido de compra', 'pedido'],
  numberWords: ['número', 'n°', 'no', 'nr', 'num', '#'],
  number: {
    credit: ['número da nota de crédito', 'nota de crédito', 'n° da nota de crédito', 'número de nota de crédito'],
    invoice: ['número da fatura', 'n° da fatura', 'fatura n°', 'número de fatura', 'n° de fatura', 'n° fatura', 'fatura número', 'fatura', 'número fatura', 'número da factura', 'n° da factura', 'factura', 'fatura recibo', 'fatura recibo n°', 'nota fiscal', 'nr fatura'],
    document: ['número do documento', 'n° documento', 'documento n°', 'documento', 'n° do documento', 'recibo'],
    booking: ['número da reserva', 'reserva'],
  },
  order: ['número da encomenda', 'n° encomenda', 'encomenda n°', 'n° de encomenda', 'encomenda', 'número do pedido', 'pedido n°', 'sua encomenda', 'vossa encomenda', 'v encomenda'],
  date: {
    invoice: ['data da fatura', 'data de emissão', 'data fatura', 'data emissão', 'data do documento', 'emitida em', 'emitido em', 'data da factura', 'data de fatura', 'data documento', 'data da nota de crédito', 'data de faturação'],
    plain: ['data'],
    due: ['data de vencimento', 'vencimento', 'data vencimento', 'pagar até', 'data limite de pagamento', 'pagamento até', 'a pagar até', 'prazo de pagamento', 'vence em', 'data limite', 'vence a'],
    other: ['data da encomenda', 'data de entrega', 'data do pedido', 'período', 'data de impressão', 'data de pagamento', 'data encomenda', 'data entrega', 'data do serviço', 'data de envio', 'data de carga', 'pago em', 'impresso em', 'data de expedição', 'data de nascimento', 'data da entrega'],
  },
  total: {
    gross: ['total da fatura', 'total com iva', 'total iva incluído', 'valor total', 'total geral', 'total documento', 'total do documento', 'montante total', 'total', 'total bruto', 'total fatura', 'total iva incl', 'valor total com iva', 'importância total'],
    net: ['total sem iva', 'base tributável', 'valor líquido', 'total líquido', 'base de incidência', 'incidência', 'total ilíquido', 'base tributavel', 'valor sem iva', 'montante líquido', 'valor tributável', 'total incidência', 'líquido', 'subtotal sem iva', 'base de imposto', 'base'],
    subtotal: ['subtotal', 'soma', 'total mercadoria', 'total de mercadoria'],
    tax: ['total iva', 'total do iva', 'valor do iva', 'valor iva', 'iva', 'imposto', 'impostos', 'total imposto', 'total impostos', 'montante iva', 'montante do iva', 'total de iva', 'total de impostos', 'i v a'],
    payable: ['total a pagar', 'valor a pagar', 'a pagar', 'montante a pagar', 'saldo', 'valor em dívida', 'em dívida', 'saldo a pagar', 'montante em dívida', 'total em dívida'],
    other: ['desconto', 'portes', 'transporte', 'adiantamento', 'pago', 'descontos', 'retenção', 'total de descontos', 'a transportar', 'total descontos', 'total desconto', 'portes de envio', 'já pago', 'valor pago', 'arredondamento', 'total de encargos', 'retenção na fonte'],
  },
  column: {
    position: ['pos', 'linha', 'n°'],
    code: ['código', 'referência', 'ref', 'cód', 'código do artigo', 'código artigo', 'código do produto'],
    description: ['descrição', 'designação', 'artigo', 'produto', 'serviço', 'descrição do produto', 'serviços', 'artigos', 'descrição do serviço', 'produtos', 'descritivo'],
    quantity: ['quantidade', 'qtd', 'qtde', 'quant', 'horas', 'unidades', 'qt', 'dias'],
    unit: ['unidade', 'un', 'unid', 'unidade de medida'],
    unitPrice: ['preço unitário', 'preço', 'preço unit', 'p unitário', 'valor unitário', 'pr unitário', 'preço un', 'p unit', 'p u', 'preço líquido', 'preço por unidade', 'custo unitário', 'tarifa', 'pr unit', 'preço hora'],
    discount: ['desconto', 'desc', 'desc %', 'dto', 'desconto %', '% desc'],
    taxRate: ['iva', 'taxa iva', 'taxa de iva', '% iva', 'iva %', 'taxa', 'taxa do iva', 'imposto'],
    taxAmount: ['valor iva', 'valor do iva', 'montante iva'],
    amount: ['valor', 'total', 'montante', 'importância', 'valor total', 'total líquido', 'preço total', 'valor líquido', 'subtotal', 'total sem iva', 'líquido', 'total linha', 'valor sem iva'],
    other: ['data', 'lote', 'período', 'armazém'],
  },
  sections: ['resumo do iva', 'resumo de iva', 'condições de pagamento', 'dados bancários', 'forma de pagamento', 'resumo de impostos', 'quadro resumo do iva', 'resumo dos impostos', 'dados para pagamento', 'modo de pagamento', 'detalhe do iva'],
  party: {
    seller: ['vendedor', 'fornecedor', 'emitente', 'emissor', 'prestador', 'vendido por', 'emitida por', 'dados do fornecedor', 'dados do emitente'],
    buyer: ['cliente', 'comprador', 'faturar a', 'faturado a', 'destinatário', 'dados do cliente', 'exmo sr', 'exmos srs', 'exmo s sr s', 'adquirente', 'nome do cliente', 'endereço de faturação', 'morada de faturação', 'fatura para', 'exmos senhores', 'exmo senhor'],
    other: ['morada de entrega', 'endereço de entrega', 'local de entrega', 'enviar para', 'local de descarga', 'local de carga', 'entregar em', 'morada de envio'],
    office: ['morada', 'endereço', 'sede', 'sede social'],
  },
  partyRow: {
    name: ['nome', 'empresa', 'denominação', 'designação social', 'razão social'],
    address: ['morada', 'endereço', 'localidade', 'código postal', 'cidade'],
    ignored: ['contacto', 'n° cliente', 'número de cliente', 'código de cliente', 'cliente n°', 'código cliente'],
  },
  salutation: ['sr', 'sra', 'exmo sr', 'exmos srs', 'exma sra', 'exmo s sr s', 'ao cuidado de', 'empresa', 'exmos senhores', 'exmo senhor'],
  identifier: {
    vatId: ['nif', 'contribuinte', 'n° contribuinte', 'nipc', 'número de contribuinte', 'n° de contribuinte', 'nif iva', 'contribuinte n°', 'n i f', 'cnpj', 'identificação fiscal', 'nif cliente', 'v n° contrib', 'n° iva'],
    registrationNumber: ['matrícula', 'conservatória do registo comercial', 'registo comercial'],
    bic: [],
    phone: ['telefone', 'tel', 'telemóvel', 'tlm', 'telef'],
  },
  currency: ['moeda', 'divisa', 'valores em', 'preços em', 'valores expressos em'],
  months: [
    ['janeiro', 'jan'], ['fevereiro', 'fev'], ['março', 'mar'], ['abril', 'abr'], ['maio', 'mai'], ['junho', 'jun'], ['julho', 'jul'], ['agosto', 'ago'],
    ['setembro', 'set'], ['outubro', 'out'], ['novembro', 'nov'], ['dezembro', 'dez'],
  ],
};
