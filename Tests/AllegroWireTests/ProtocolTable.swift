/// Every message, enumeration and method of the protocol, by file, one line for each name.
let protocolTable: [String: String] = [
    "types.proto": """
    Address.data#1 bytes
    AssetId.data#1 bytes
    TempoTxBytes.data#1 bytes
    ChainId.value#1 uint64
    Nonce2D.nonce_key_be#1 bytes
    Nonce2D.nonce_seq#2 uint64
    Expiry.max_block_height#1 uint64 in kind
    Expiry.unix_millis#2 uint64 in kind
    TempoTxFormat.TEMPO_TX_FORMAT_UNSPECIFIED=0
    TempoTxFormat.EVM_OPAQUE_BYTES_V1=1
    TempoTxFormat.TEMPO_NATIVE_V1=2
    PaymentIntent.sender#1 Address
    PaymentIntent.recipient#2 Address
    PaymentIntent.amount#3 uint64
    PaymentIntent.asset#4 AssetId
    OverlayMetadata.payment#1 PaymentIntent
    FastPayTx.chain_id#1 ChainId
    FastPayTx.tempo_tx#2 TempoTxBytes
    FastPayTx.intent#3 PaymentIntent
    FastPayTx.nonce#4 Nonce2D
    FastPayTx.expiry#5 Expiry
    FastPayTx.parent_qc_hash#6 bytes
    FastPayTx.client_request_id#7 string
    FastPayTx.tempo_tx_format#8 TempoTxFormat
    FastPayTx.overlay#9 OverlayMetadata
    RejectCode.REJECT_CODE_UNSPECIFIED=0
    RejectCode.INVALID_FORMAT=1
    RejectCode.WRONG_CHAIN=2
    RejectCode.EXPIRED=3
    RejectCode.NOT_PAYMENT_TX=4
    RejectCode.NONCE_SEQ_TOO_LOW=5
    RejectCode.NONCE_SEQ_TOO_HIGH=6
    RejectCode.EQUIVOCATION=7
    RejectCode.INSUFFICIENT_FUNDS=8
    RejectCode.MISSING_PARENT_QC=9
    RejectCode.INVALID_PARENT_QC=10
    RejectCode.TEMPORARY_UNAVAILABLE=11
    RejectReason.code#1 RejectCode
    RejectReason.message#2 string
    ValidatorId.name#1 string
    ValidatorId.id#2 bytes
    ValidatorId.pubkey#3 bytes
    EffectsSummary.sender#1 Address
    EffectsSummary.recipient#2 Address
    EffectsSummary.amount#3 uint64
    EffectsSummary.asset#4 AssetId
    EffectsSummary.nonce#5 Nonce2D
    ValidatorCertificate.signer#1 ValidatorId
    ValidatorCertificate.tx_hash#2 bytes
    ValidatorCertificate.effects_hash#3 bytes
    ValidatorCertificate.effects#4 EffectsSummary
    ValidatorCertificate.signature#5 bytes
    ValidatorCertificate.created_unix_millis#6 uint64
    ValidatorCertificate.epoch#7 uint64
    QuorumCertificate.tx_hash#1 bytes
    QuorumCertificate.effects_hash#2 bytes
    QuorumCertificate.certs#3 repeated ValidatorCertificate
    QuorumCertificate.threshold#4 uint32
    QuorumCertificate.qc_hash#5 bytes
    TxLifecycleUpdate.tx_hash#1 bytes
    TxLifecycleUpdate.stage#2 TxLifecycleUpdate.Stage
    TxLifecycleUpdate.unix_millis#3 uint64
    TxLifecycleUpdate.block_height#4 uint64
    TxLifecycleUpdate.Stage.STAGE_UNSPECIFIED=0
    TxLifecycleUpdate.Stage.ACCEPTED=1
    TxLifecycleUpdate.Stage.CERTIFIED=2
    TxLifecycleUpdate.Stage.QUEUED_ONCHAIN=3
    TxLifecycleUpdate.Stage.INCLUDED=4
    TxLifecycleUpdate.Stage.FINALIZED=5
    """,
    "sidecar.proto": """
    SubmitFastPayRequest.tx#1 FastPayTx
    SubmitFastPayRequest.parent_qcs#2 repeated QuorumCertificate
    SubmitFastPayResponse.cert#1 ValidatorCertificate in result
    SubmitFastPayResponse.reject#2 RejectReason in result
    SubmitFastPayEvent.cert#1 ValidatorCertificate in event
    SubmitFastPayEvent.reject#2 RejectReason in event
    SubmitFastPayEvent.lifecycle#3 TxLifecycleUpdate in event
    ConfirmFastPayRequest.qc#1 QuorumCertificate
    ConfirmFastPayResponse.confirmed#1 ConfirmedPayment in result
    ConfirmFastPayResponse.reject#2 RejectReason in result
    ConfirmedPayment.tx_hash#1 bytes
    ConfirmedPayment.effects#2 EffectsSummary
    ConfirmedPayment.qc_hash#3 bytes
    ConfirmedPayment.stage#4 TxLifecycleUpdate.Stage
    ConfirmedPayment.next_nonce_seq#5 uint64
    GetBulletinBoardRequest.tx_hash#1 bytes in filter
    GetBulletinBoardRequest.address#2 Address in filter
    GetBulletinBoardRequest.since_unix_millis#3 uint64
    GetBulletinBoardRequest.limit#4 uint32
    GetBulletinBoardRequest.cursor#5 string
    GetBulletinBoardResponse.certs#1 repeated ValidatorCertificate
    GetBulletinBoardResponse.next_cursor#2 string
    GetAccountRequest.address#1 Address
    GetAccountRequest.nonce_key_be#2 bytes
    GetAccountRequest.limit#3 uint32
    GetAccountRequest.cursor#4 string
    GetAccountResponse.balances#1 repeated AccountBalance
    GetAccountResponse.nonces#2 repeated AccountNonce
    GetAccountResponse.payments#3 repeated UnsettledPayment
    GetAccountResponse.next_cursor#4 string
    AccountBalance.asset#1 AssetId
    AccountBalance.base_be#2 bytes
    AccountBalance.credits_be#3 bytes
    AccountBalance.debits_be#4 bytes
    AccountBalance.available_be#5 bytes
    AccountNonce.nonce_key_be#1 bytes
    AccountNonce.next_nonce_seq#2 uint64
    AccountNonce.confirmed_nonce_seq#3 uint64
    UnsettledPayment.tx_hash#1 bytes
    UnsettledPayment.effects#2 EffectsSummary
    UnsettledPayment.stage#3 TxLifecycleUpdate.Stage
    UnsettledPayment.qc_hash#4 bytes
    UnsettledPayment.created_unix_millis#5 uint64
    GetValidatorInfoRequest empty
    GetValidatorInfoResponse.validator#1 ValidatorId
    GetValidatorInfoResponse.gossip_peers#2 repeated string
    GetChainHeadRequest empty
    GetChainHeadResponse.block_height#1 uint64
    GetChainHeadResponse.block_hash#2 bytes
    GetChainHeadResponse.unix_millis#3 uint64
    rpc FastPaySidecar.SubmitFastPay SubmitFastPayRequest -> SubmitFastPayResponse
    rpc FastPaySidecar.SubmitFastPayStream stream SubmitFastPayRequest -> stream SubmitFastPayEvent
    rpc FastPaySidecar.ConfirmFastPay ConfirmFastPayRequest -> ConfirmFastPayResponse
    rpc FastPaySidecar.GetAccount GetAccountRequest -> GetAccountResponse
    rpc FastPaySidecar.GetBulletinBoard GetBulletinBoardRequest -> GetBulletinBoardResponse
    rpc FastPaySidecar.GetValidatorInfo GetValidatorInfoRequest -> GetValidatorInfoResponse
    rpc FastPaySidecar.GetChainHead GetChainHeadRequest -> GetChainHeadResponse
    """,
    "aggregator.proto": """
    ValidatorReject.validator#1 ValidatorId
    ValidatorReject.reject#2 RejectReason
    SubmitFastPayFanoutResponse.tx_hash#1 bytes
    SubmitFastPayFanoutResponse.effects_hash#2 bytes
    SubmitFastPayFanoutResponse.certs#3 repeated ValidatorCertificate
    SubmitFastPayFanoutResponse.rejects#4 repeated ValidatorReject
    SubmitFastPayFanoutResponse.threshold_met#5 bool
    GetQuorumCertificateRequest.tx_hash#1 bytes
    GetQuorumCertificateRequest.effects_hash#2 bytes
    GetQuorumCertificateRequest.threshold#3 uint32
    GetQuorumCertificateResponse.qc#1 QuorumCertificate in result
    GetQuorumCertificateResponse.reject#2 RejectReason in result
    GetTxStatusRequest.tx_hash#1 bytes
    GetTxStatusResponse.tx_hash#1 bytes
    GetTxStatusResponse.certs#2 repeated ValidatorCertificate
    GetTxStatusResponse.qc_formed#3 bool
    GetTxStatusResponse.qc_hash#4 bytes
    GetTxStatusResponse.stage#5 TxLifecycleUpdate.Stage
    GetTxStatusResponse.observed_block_height#6 uint64
    GetTxStatusResponse.last_updated_unix_millis#7 uint64
    rpc FastPayAggregator.SubmitFastPay SubmitFastPayRequest -> SubmitFastPayFanoutResponse
    rpc FastPayAggregator.GetBulletinBoard GetBulletinBoardRequest -> GetBulletinBoardResponse
    rpc FastPayAggregator.GetQuorumCertificate GetQuorumCertificateRequest -> GetQuorumCertificateResponse
    rpc FastPayAggregator.GetChainHead GetChainHeadRequest -> GetChainHeadResponse
    rpc FastPayAggregator.GetTxStatus GetTxStatusRequest -> GetTxStatusResponse
    """,
]
