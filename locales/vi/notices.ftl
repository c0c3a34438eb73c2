# What the office said by itself, and in which chat it says it.
history-head = Những tin đã báo gần đây:
history-older = Những tin trước đó:
history-none = Chưa có tin báo nào.
history-more = Xem tin cũ hơn
history-one = { $moment }, qua { $way }: { $what }. { $state }
history-status = hồ sơ { $code } { $status }
history-correction = đính chính, hồ sơ { $code } { $status }
history-due = hẹn lại ngày trả hồ sơ { $code }
history-holder = hồ sơ { $code } chuyển cơ quan khác
history-words = nội dung mới của hồ sơ { $code }
history-my-turn = nhắc việc của hồ sơ { $code }
history-rate = mời đánh giá hồ sơ { $code }
history-visit-tomorrow = nhắc lịch hẹn
history-visit-useless = báo đừng đi theo lịch hẹn
history-checked-good = bộ hồ sơ { $code } đã đủ giấy tờ
history-checked-return = { $count ->
        [0] bộ hồ sơ { $code } có giấy cần gửi lại
       *[other] bộ hồ sơ { $code }, trả lại { $count } giấy
    }
history-complaint-answered = trả lời phản ánh { $code }
history-counter-filed = đã nộp tại quầy, hồ sơ { $code }
history-desk-held = báo nơi đang giải quyết
history-rights-done = trả lời yêu cầu về dữ liệu cá nhân
history-is-open = Đang gửi.
history-is-told = Đã gửi đến.
history-is-kept = Chờ gộp vào tin cuối ngày.
history-is-replaced = Đã thay bằng tin mới hơn.
history-is-stopped = Không gửi, vì Ông/Bà đã ngừng nhận tin.
history-is-unsure = Chưa rõ đã đến hay chưa.
history-is-unreachable = Chưa gửi được.
channel-telegram = Telegram
channel-zalo-oa = Zalo
channel-zalo-bot = Zalo Bot
channel-web = trang trò chuyện
channel-other = kênh trò chuyện
where-one = Hiện mới có một kênh. Muốn nhận tin ở kênh khác, xin gõ "liên kết".
where-of-all = Tin báo hiện gửi đến: { $now }. Ông/Bà muốn nhận ở đâu?
where-of-one = Tin về hồ sơ { $code } hiện gửi đến: { $now }. Ông/Bà muốn nhận ở đâu?
where-saved = Đã lưu. Tin báo từ giờ gửi đến: { $now }.
where-saved-one = Đã lưu. Tin về hồ sơ { $code } từ giờ gửi đến: { $now }.
where-here = { $way } (kênh này)
where-last = Kênh Ông/Bà nhắn gần nhất
where-as-others = Như các hồ sơ khác
where-unlink = Bỏ liên kết kênh này
where-unlinked = Kênh này không còn liên kết với kênh nào.
renew-done = Mã một lần mới của hồ sơ { $code }: { $receipt }. Các mã cũ không còn dùng được. Xin đưa mã này cho chủ hồ sơ.
renew-unbound = Đã ngừng báo cho { $count } nơi theo dõi bằng mã cũ.
