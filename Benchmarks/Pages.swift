import Collector
import Rules

extension Main {
    /// Pages as node_exporter serves them, of one machine and of a thousand: read, and made into metrics.
    static func pages() async throws {
        let source = Source(name: "nodes", url: "", isPush: true, format: .nodeExporter)
        try await page("decode a page of one machine", source, NodePage.of(machines: 1), rounds: 2000)
        let federation = Source(
            name: "nodes", url: "", isPush: true, format: .nodeExporter,
            prometheus: PrometheusShape(
                machine: "instance", metrics: PrometheusShape.nodeExporter.metrics))
        try await page("decode a page of 1,000 machines", federation, NodePage.of(machines: 1000), rounds: 3)
    }

    private static func page(_ name: String, _ source: Source, _ body: [UInt8], rounds: Int) async throws {
        var memory = SourceMemory()
        var second: Int64 = 0
        var machines = 0
        let taken = try await measure {
            for _ in 0..<rounds {
                second += 1
                let reading = try source.pushed(
                    body, contentType: "text/plain", machine: "m", at: Timestamp(milliseconds: second * 1000),
                    memory: &memory)
                machines += reading.poll.machines.count
            }
        }
        let rate = Double(body.count * rounds) / taken / 1e6
        report(name, "\(Int(rate)) MB/s, \(body.count / 1000) kB, \(machines / rounds) machines")
    }
}

/// A page with about the names, labels and values of node_exporter's.
private enum NodePage {
    static func of(machines: Int) -> [UInt8] {
        var text = ""
        for machine in 0..<machines {
            let own = machines > 1 ? "instance=\"10.0.\(machine / 250).\(machine % 250):9100\"," : ""
            for cpu in 0..<4 {
                for mode in ["idle", "iowait", "irq", "nice", "softirq", "steal", "system", "user"] {
                    text +=
                        "node_cpu_seconds_total{\(own)cpu=\"\(cpu)\",mode=\"\(mode)\"} \(Double(cpu) * 7 + 2013.32)\n"
                }
            }
            for (disk, type) in [("/", "ext4"), ("/data", "xfs"), ("/run", "tmpfs")] {
                let labels = "{\(own)device=\"/dev/vda\",fstype=\"\(type)\",mountpoint=\"\(disk)\"}"
                for kind in ["avail", "free", "size", "files", "readonly"] {
                    text += "node_filesystem_\(kind)_bytes\(labels) 8.366723072e+10\n"
                }
            }
            for kind in [
                "MemAvailable", "MemTotal", "MemFree", "Buffers", "Cached", "SwapTotal", "Dirty", "Slab",
            ] {
                text += "node_memory_\(kind)_bytes{\(own)} 2.5276510208e+10\n"
            }
            for number in 0..<900 {
                text +=
                    "node_network_transmit_queue_\(number)_length{\(own)device=\"eth\(number % 8)\"} \(number * 37)\n"
            }
        }
        return Array(text.utf8)
    }
}
