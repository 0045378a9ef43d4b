extension Section {
    /// How requests are made, by `auth`, `tls` and `proxy`, and by `allow_private` where `hasPolicy`.
    ///
    /// What is not given is as `usual`; `headers` are those that the user sets beside.
    public mutating func requestOptions(
        _ usual: RequestOptions = RequestOptions(), headers: [(name: String, value: Secret)] = [],
        hasPolicy: Bool = false
    ) -> RequestOptions {
        var options = usual
        if let auth = take("auth") {
            if headers.contains(where: { $0.name.lowercased() == "authorization" }) {
                auth.fail("'auth' and the header 'Authorization' are the same", cure: "keep one of them")
            }
            options.authorization = auth.authorization()
        }
        take("tls")?.readTLS(into: &options)
        takeRoute(&options, hasPolicy: hasPolicy)
        return options
    }

    /// Where requests may go, and through which proxy, by `proxy` and `allow_private`.
    public mutating func takeRoute(_ options: inout RequestOptions, hasPolicy: Bool = true) {
        if let proxy = take("proxy") { options.proxy = proxy.proxy() }
        if hasPolicy, let allows = take("allow_private")?.flag() { options.allowsPrivate = allows }
    }

    /// The one secret given as `key`, or in the file that `key_file` names; nil, with a fault, when there is none.
    fileprivate mutating func secret(_ key: String, cure: String) -> Secret? {
        let isGiven = has(key) || has(key + "_file")
        guard isGiven else {
            _ = secrets(key)
            fail("\(title) needs \(key.quoted)", cure: cure)
            return nil
        }
        if let given = take(key), !has(key + "_file"), given.asSecret.text() == nil { return nil }
        return secrets(key).first?.0
    }
}

extension Setting {
    fileprivate func authorization() -> RequestOptions.Authorization? {
        let cure = "write {bearer: token} or {basic: {user: name, password: …}}"
        guard var section = section("'auth'") else {
            if isNull { fail("'auth' has no value", cure: cure) }
            return nil
        }
        let hasBearer = section.has("bearer") || section.has("bearer_file")
        let hasBasic = section.has("basic")
        guard hasBearer != hasBasic else {
            _ = (section.secrets("bearer"), section.take("basic"))
            section.finish()
            fail("'auth' needs one of 'bearer' and 'basic'", cure: cure)
            return nil
        }
        if let basic = section.take("basic") {
            _ = section.secrets("bearer")
            section.finish()
            return basic.basicAuthorization()
        }
        let token = section.secret("bearer", cure: cure)
        _ = section.take("basic")
        section.finish()
        guard let token else { return nil }
        guard token.revealed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            fail(
                "'bearer' holds a space or a letter beyond ASCII",
                cure: "write the token alone, without 'Bearer'")
            return nil
        }
        return .bearer(token)
    }

    private func basicAuthorization() -> RequestOptions.Authorization? {
        guard var section = section("'basic'") else {
            if isNull { fail("'basic' has no value", cure: "write {user: name, password: …}") }
            return nil
        }
        let setting = section.require("user", cure: "add user: name")?.asSecret
        let user = setting?.text()
        let password = section.secret("password", cure: "add password: or password_file:")
        section.finish()
        guard let setting, let user, let password else { return nil }
        guard !user.contains(":") else {
            setting.fail("'user' holds a colon", cure: "what follows it would be taken for the password")
            return nil
        }
        return .basic(user: user, password: password)
    }

    /// The URL of a proxy; nil, without a fault, for `none`.
    fileprivate func proxy() -> Secret? {
        guard let text = asSecret.text("the URL of a proxy"), text != "none" else { return nil }
        do {
            try URLText.check(text, schemes: ["http", "https", "socks5", "socks5h"])
            return Secret(text)
        } catch {
            fail("\(label) must \(error.demand)", cure: error.cure)
            return nil
        }
    }
}

extension Setting {
    /// Reads the files that `ca`, `cert` and `key` name.
    fileprivate func readTLS(into options: inout RequestOptions) {
        guard var section = section("'tls'") else { return }
        if let ca = section.take("ca") { options.authorities = ca.pem("CERTIFICATE") }
        let cert = section.take("cert")
        let key = section.take("key")?.asSecret
        let passwords = section.secrets("key_password")
        section.finish()
        guard let cert else {
            key?.fail("'key' needs 'cert'", cure: "add cert: the file of the client's certificate")
            return
        }
        guard let certificate = cert.pem("CERTIFICATE") else { return }
        // Many tools write both into one file.
        guard let keyText = key.map({ $0.pem("PRIVATE KEY") }) ?? certificate else { return }
        let place = key ?? cert
        guard keyText.contains("PRIVATE KEY-----") else {
            return place.fail(
                "'cert' needs 'key'", cure: "add key: the file of the certificate's private key")
        }
        guard !keyText.contains("ENCRYPTED") || !passwords.isEmpty else {
            return place.fail("the private key is encrypted", cure: "add key_password: or key_password_file:")
        }
        options.identity = RequestOptions.Identity(
            certificate: certificate, key: Secret(keyText), keyPassword: passwords.first?.0)
    }

    /// The text of the file that this value names, which has something of this kind in PEM (RFC 7468 §2).
    func pem(_ kind: String) -> String? {
        guard let bytes = bytesOfFile() else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.contains("-----BEGIN "), text.contains(kind + "-----") else {
            fail(
                "the file that \(label) names holds no \(kind.lowercased())",
                cure: "it must be in PEM: '-----BEGIN \(kind)-----'")
            return nil
        }
        return text
    }
}
