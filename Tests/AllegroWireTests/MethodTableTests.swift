import AllegroWire
import GRPC
import Testing

/// The names under which the methods are called.
struct MethodTableTests {
    @Test func everyMethodHasTheProtocolsPath() {
        let paths = [
            SidecarAPI.submit.path, SidecarAPI.submitStream.path, SidecarAPI.confirm.path,
            SidecarAPI.bulletinBoard.path, SidecarAPI.account.path,
            SidecarAPI.validatorInfo.path, SidecarAPI.chainHead.path, AggregatorAPI.submit.path,
            AggregatorAPI.bulletinBoard.path, AggregatorAPI.quorumCertificate.path,
            AggregatorAPI.chainHead.path, AggregatorAPI.txStatus.path,
        ]
        #expect(
            paths == [
                "/tempo.fastpay.v1.FastPaySidecar/SubmitFastPay",
                "/tempo.fastpay.v1.FastPaySidecar/SubmitFastPayStream",
                "/tempo.fastpay.v1.FastPaySidecar/ConfirmFastPay",
                "/tempo.fastpay.v1.FastPaySidecar/GetBulletinBoard",
                "/tempo.fastpay.v1.FastPaySidecar/GetAccount",
                "/tempo.fastpay.v1.FastPaySidecar/GetValidatorInfo",
                "/tempo.fastpay.v1.FastPaySidecar/GetChainHead",
                "/tempo.fastpay.v1.FastPayAggregator/SubmitFastPay",
                "/tempo.fastpay.v1.FastPayAggregator/GetBulletinBoard",
                "/tempo.fastpay.v1.FastPayAggregator/GetQuorumCertificate",
                "/tempo.fastpay.v1.FastPayAggregator/GetChainHead",
                "/tempo.fastpay.v1.FastPayAggregator/GetTxStatus",
            ])
    }
}
