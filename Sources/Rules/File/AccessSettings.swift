extension Setting {
    /// The digest in `sha256:` and 64 hexadecimal digits, as digits in lower case.
    ///
    /// No message shows it: whoever writes the token itself in its place is not to find it in a log.
    public func sha256() -> String? {
        guard let text = asSecret.text("a hash") else { return nil }
        let digits = text.dropFirst(7).lowercased()
        guard text.hasPrefix("sha256:"), digits.utf8.count == 64, digits.utf8.allSatisfy(\.isHexDigit) else {
            return asSecret.failing(
                "'sha256:' and 64 hexadecimal digits",
                cure:
                    "gateway token add NAME makes a token and prints its line; the token itself stays out of the file"
            )
        }
        return digits
    }

    /// What a server shows to its clients: the files that `cert` and `key` name.
    public func serverIdentity() -> (identity: RequestOptions.Identity, cert: Setting, key: Setting)? {
        guard var section = section("'tls'") else {
            if isNull { fail("'tls' has no value", cure: "write {cert: FILE, key: FILE}") }
            return nil
        }
        let cert = section.require("cert", cure: "add cert: the file of the server's certificate, in PEM")
        let key = section.require("key", cure: "add key: the file of the certificate's private key, in PEM")?
            .asSecret
        section.finish()
        let certificate = cert?.pem("CERTIFICATE")
        let keyText = key?.pem("PRIVATE KEY")
        guard let cert, let key, let certificate, let keyText else { return nil }
        guard !keyText.contains("ENCRYPTED") else {
            key.fail(
                "the private key is encrypted",
                cure: "decrypt it: openssl pkey -in KEY -out PLAIN, readable by the gateway alone")
            return nil
        }
        return (RequestOptions.Identity(certificate: certificate, key: Secret(keyText)), cert, key)
    }

    /// An IP address, without brackets.
    public func address() -> IPAddress? {
        guard let text = text("an IP address") else { return nil }
        return IPAddress(text)
            ?? failing("an IP address", cure: "names are not looked up; write 127.0.0.1 or ::1")
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
